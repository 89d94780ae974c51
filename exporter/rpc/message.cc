// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/message.h"

#include <grpcpp/support/proto_buffer_reader.h>

namespace waybill::exporter::rpc {

grpc::ByteBuffer Encode(const google::protobuf::MessageLite& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

bool Decode(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite& message) {
  // Slice by slice: a large message is not copied once more.
  grpc::ByteBuffer same = bytes;
  grpc::ProtoBufferReader reader(&same);
  return reader.status().ok() && message.ParseFromZeroCopyStream(&reader);
}

}  // namespace waybill::exporter::rpc
