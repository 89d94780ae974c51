// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/message.h"

#include <google/protobuf/io/zero_copy_stream.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace waybill::exporter::rpc {
namespace {

// The bytes of slices, each of which goes when the next one is asked for.
class Draining final : public google::protobuf::io::ZeroCopyInputStream {
 public:
  explicit Draining(std::vector<grpc::Slice> slices) : slices_(std::move(slices)) {}

  bool Next(const void** data, int* size) override {
    if (offset_ == current_.size()) {
      if (next_ == slices_.size()) return false;
      current_ = std::exchange(slices_[next_++], grpc::Slice());
      offset_ = 0;
    }
    *data = current_.begin() + offset_;
    *size = static_cast<int>(current_.size() - offset_);
    count_ += *size;
    offset_ = current_.size();
    return true;
  }
  void BackUp(int count) override {
    offset_ -= static_cast<size_t>(count);
    count_ -= count;
  }
  bool Skip(int count) override {
    const void* data = nullptr;
    int size = 0;
    while (count > 0) {
      if (!Next(&data, &size)) return false;
      if (size > count) BackUp(size - count);
      count -= std::min(size, count);
    }
    return true;
  }
  int64_t ByteCount() const override { return count_; }

 private:
  std::vector<grpc::Slice> slices_;
  size_t next_ = 0;
  grpc::Slice current_;
  size_t offset_ = 0;  // in current_
  int64_t count_ = 0;
};

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

bool Consume(grpc::ByteBuffer& bytes, google::protobuf::MessageLite& message) {
  std::vector<grpc::Slice> slices;
  const bool dumped = bytes.Dump(&slices).ok();
  bytes.Clear();
  if (!dumped) return false;
  Draining stream(std::move(slices));
  return message.ParseFromZeroCopyStream(&stream);
}

}  // namespace waybill::exporter::rpc
