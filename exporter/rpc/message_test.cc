// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/message.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "proto/google/rpc/status.pb.h"

namespace waybill::exporter::rpc {
namespace {

grpc::ByteBuffer Pieces(const std::string& bytes, size_t piece) {
  std::vector<grpc::Slice> slices;
  for (size_t at = 0; at < bytes.size(); at += piece) slices.emplace_back(bytes.substr(at, piece));
  return grpc::ByteBuffer(slices.data(), slices.size());
}

// Two fields, and three details of two fields each.
google::rpc::Status Nested() {
  google::rpc::Status message;
  message.set_code(5);
  message.set_message("not here");
  for (int i = 0; i < 3; ++i) {
    google::protobuf::Any& detail = *message.add_details();
    detail.set_type_url("type");
    detail.set_value(std::string(1000, 'v'));
  }
  return message;
}

int64_t Fields(const std::string& bytes) { return CountFields(Pieces(bytes, 7), *google::rpc::Status::descriptor()); }

TEST(MessageTest, IsReadFromPieces) {
  const google::rpc::Status message = Nested();
  const grpc::ByteBuffer bytes = Pieces(message.SerializeAsString(), 100);
  google::rpc::Status read;
  ASSERT_TRUE(Decode(bytes, read));
  EXPECT_EQ(read.SerializeAsString(), message.SerializeAsString());
  grpc::ByteBuffer consumed = Pieces(message.SerializeAsString(), 100);
  google::rpc::Status again;
  ASSERT_TRUE(Consume(consumed, again));
  EXPECT_EQ(again.SerializeAsString(), message.SerializeAsString());
  EXPECT_FALSE(consumed.Valid());
}

TEST(MessageTest, OtherBytesAreNoMessage) {
  google::rpc::Status message;
  EXPECT_FALSE(Decode(Pieces("\xff\xff", 1), message));
  grpc::ByteBuffer bytes = Pieces("\xff\xff", 1);
  EXPECT_FALSE(Consume(bytes, message));
}

TEST(MessageTest, CountsFieldsAtAllDepths) {
  EXPECT_EQ(Fields(""), 0);
  EXPECT_EQ(Fields(Nested().SerializeAsString()), 2 + 3 * (1 + 2));
  // Fields that the type does not have count too: they are kept.
  EXPECT_EQ(Fields(std::string("\x7a\x01x\x7a\x01y", 6)), 2);
  EXPECT_EQ(Fields(std::string("\x78\x01", 2)), 1);
}

TEST(MessageTest, CountsNoFieldsOfBrokenBytes) {
  EXPECT_EQ(Fields(std::string("\x12\x05xx", 4)), -1);        // ends early
  EXPECT_EQ(Fields(std::string("\x1a\x02\x12\x05", 4)), -1);  // a detail ends early
  EXPECT_EQ(Fields(std::string("\x7b\x7c", 2)), -1);          // a group
  EXPECT_EQ(Fields(std::string("\x00\x00", 2)), -1);
}

TEST(MessageTest, StopsCountingSomewhere) {
  std::string bytes;
  for (int i = 0; i < 5'000'000; ++i) bytes += std::string("\x1a\x00", 2);
  const grpc::Slice slice(bytes);
  const int64_t count = CountFields(grpc::ByteBuffer(&slice, 1), *google::rpc::Status::descriptor());
  EXPECT_GT(count, 1'000'000);
  EXPECT_LT(count, 5'000'000);
}

}  // namespace
}  // namespace waybill::exporter::rpc
