// SPDX-License-Identifier: Apache-2.0
// Protocol Buffers messages as the raw messages of relayed calls, and of calls whose memory is counted before they are
// read. Fields that our descriptions do not know stay in.
#ifndef WAYBILL_EXPORTER_RPC_MESSAGE_H_
#define WAYBILL_EXPORTER_RPC_MESSAGE_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message_lite.h>
#include <grpcpp/grpcpp.h>

#include <cstdint>

namespace waybill::exporter::rpc {

grpc::ByteBuffer Encode(const google::protobuf::MessageLite& message);
// False when the bytes are no such message.
bool Decode(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite& message);
// How many fields a message of this type has, at all depths, without reading it; -1 when the bytes are none. Counts no
// further than a few million. A field takes up to kBytesPerField when it is read, besides its own bytes, of which there
// may be two only.
int64_t CountFields(const grpc::ByteBuffer& bytes, const google::protobuf::Descriptor& type);
inline constexpr int64_t kBytesPerField = 256;
// As Decode, for large messages: gives the buffers of the connection back before it reads, and takes no more memory for
// strings than they need.
bool Consume(grpc::ByteBuffer& bytes, google::protobuf::MessageLite& message);

}  // namespace waybill::exporter::rpc

#endif  // WAYBILL_EXPORTER_RPC_MESSAGE_H_
