// SPDX-License-Identifier: Apache-2.0
// Protocol Buffers messages as the raw messages of relayed calls, and of calls whose memory is counted before they are
// read. Fields that our descriptions do not know stay in.
#ifndef WAYBILL_EXPORTER_RPC_MESSAGE_H_
#define WAYBILL_EXPORTER_RPC_MESSAGE_H_

#include <google/protobuf/message_lite.h>
#include <grpcpp/grpcpp.h>

namespace waybill::exporter::rpc {

grpc::ByteBuffer Encode(const google::protobuf::MessageLite& message);
// False when the bytes are no such message.
bool Decode(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite& message);
// The same, and gives the bytes back while it reads them, so that a large message is in memory once.
bool Consume(grpc::ByteBuffer& bytes, google::protobuf::MessageLite& message);

}  // namespace waybill::exporter::rpc

#endif  // WAYBILL_EXPORTER_RPC_MESSAGE_H_
