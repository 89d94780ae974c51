// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/session/slice.h"

#include <google/protobuf/io/coded_stream.h>

#include <utility>

#include "exporter/rpc/message.h"
#include "oci/error.h"
#include "proto/moby/control.pb.h"

namespace waybill::exporter::bridge::session {
namespace {
constexpr uint8_t kDataTag = 1 << 3 | 2;
constexpr int kMaxHeader = 6;  // tag, and a length below 2^35
}  // namespace

grpc::ByteBuffer EncodeSlice(const grpc::Slice& bytes) {
  uint8_t header[kMaxHeader] = {kDataTag};
  const uint8_t* end =
      google::protobuf::io::CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(bytes.size()), header + 1);
  const grpc::Slice slices[] = {grpc::Slice(header, end - header), bytes};
  return grpc::ByteBuffer(slices, std::size(slices));
}

absl::StatusOr<std::string> DecodeSlice(const grpc::ByteBuffer& message) {
  moby::buildkit::v1::BytesMessage bytes;
  if (!rpc::Decode(message, bytes)) return oci::InvalidInputError("a session message is not a BytesMessage");
  return std::move(*bytes.mutable_data());
}

}  // namespace waybill::exporter::bridge::session
