// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/message.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <vector>

namespace waybill::exporter::rpc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

constexpr int64_t kMostFields = int64_t{1} << 22;
// As Protocol Buffers itself.
constexpr size_t kMostLevels = 100;

// One message within another, and where that one ends.
struct Level {
  const google::protobuf::Descriptor* type;
  CodedInputStream::Limit outer;
};

// Passes one field, or begins the message that it is. False when it is none.
bool PassField(CodedInputStream& stream, std::vector<Level>& levels) {
  const uint32_t tag = stream.ReadTag();
  if (tag == 0) return false;
  switch (WireFormatLite::GetTagWireType(tag)) {
    case WireFormatLite::WIRETYPE_START_GROUP:
    case WireFormatLite::WIRETYPE_END_GROUP:
      return false;  // no message of ours has any
    case WireFormatLite::WIRETYPE_LENGTH_DELIMITED:
      break;
    default:
      return WireFormatLite::SkipField(&stream, tag);
  }
  uint32_t length = 0;
  if (!stream.ReadVarint32(&length) || length > static_cast<uint32_t>(stream.BytesUntilLimit())) return false;
  const FieldDescriptor* const field = levels.back().type->FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
  if (field == nullptr || field->type() != FieldDescriptor::TYPE_MESSAGE) return stream.Skip(static_cast<int>(length));
  if (levels.size() == kMostLevels) return false;
  levels.push_back({field->message_type(), stream.PushLimit(static_cast<int>(length))});
  return true;
}

}  // namespace

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

int64_t CountFields(const grpc::ByteBuffer& bytes, const google::protobuf::Descriptor& type) {
  grpc::ByteBuffer same = bytes;
  grpc::ProtoBufferReader reader(&same);
  if (!reader.status().ok()) return -1;
  CodedInputStream stream(&reader);
  std::vector<Level> levels = {{&type, stream.PushLimit(static_cast<int>(bytes.Length()))}};
  int64_t count = 0;
  while (!levels.empty() && count < kMostFields) {
    if (stream.BytesUntilLimit() == 0) {
      stream.PopLimit(levels.back().outer);
      levels.pop_back();
    } else if (!PassField(stream, levels)) {
      return -1;
    } else {
      ++count;
    }
  }
  return count;
}

bool Consume(grpc::ByteBuffer& bytes, google::protobuf::MessageLite& message) {
  grpc::Slice whole;
  const bool dumped = bytes.DumpToSingleSlice(&whole).ok();
  bytes.Clear();
  // From one piece strings get the size that they have, not up to twice as much.
  return dumped && message.ParseFromArray(whole.begin(), static_cast<int>(whole.size()));
}

}  // namespace waybill::exporter::rpc
