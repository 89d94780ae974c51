// SPDX-License-Identifier: Apache-2.0
#include "oci/compress/bounded.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "oci/context.h"
#include "oci/error.h"
#include "oci/io/string.h"

namespace waybill::oci::compress {
namespace {

// `head -c 100000 /dev/zero | gzip -9n`: 132 bytes, 757 times smaller.
std::string Zeros() {
  std::string gzip("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03", 10);
  gzip += std::string(
      "\xed\xc1\x31\x01\x00\x00\x00\xc2\xa0\xf5\x4f\x6d\x0d\x0f\xa0\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
      "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
      "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
      "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80"
      "\x57\x03\x7d\x95\x11\xd4\xa0\x86\x01\x00",
      122);
  return gzip;
}

absl::StatusOr<std::string> Unpacked(const std::string& bytes, const UnpackLimits& limits) {
  const io::StringSource source(bytes);
  absl::StatusOr<std::unique_ptr<io::Reader>> reader = source.Open(Context(), 0);
  if (reader.ok()) reader = NewBoundedDecompressor(*std::move(reader), limits);
  if (!reader.ok()) return reader.status();
  return io::ReadAll(Context(), **reader, 1 << 20);
}

TEST(BoundedTest, ALayerMayMeetTheLimits) {
  EXPECT_EQ(Unpacked(Zeros(), {}).value_or(""), std::string(100000, '\0'));
  EXPECT_EQ(Unpacked(Zeros(), {.bytes = 100000, .ratio = 758, .any_ratio = 1}).value_or("").size(), 100000u);
  EXPECT_EQ(Unpacked(Zeros(), {.ratio = 1, .any_ratio = 100000}).value_or("").size(), 100000u);
}

TEST(BoundedTest, BytesAreBounded) {
  for (const std::string& layer : {Zeros(), std::string(100000, 'a')}) {
    const absl::Status status = Unpacked(layer, {.bytes = 99999}).status();
    EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput);
    EXPECT_TRUE(absl::StrContains(status.message(), "unpacks to more than 99999 bytes")) << status;
  }
}

TEST(BoundedTest, TheRatioIsBoundedBehindTheFirstBytes) {
  const absl::Status status = Unpacked(Zeros(), {.ratio = 700, .any_ratio = 99999}).status();
  EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput);
  EXPECT_TRUE(absl::StrContains(status.message(), "more than 99999 bytes and 700 times its size")) << status;
  EXPECT_TRUE(Unpacked(std::string(100000, 'a'), {.ratio = 1, .any_ratio = 1}).ok()) << "without compression";
}

}  // namespace
}  // namespace waybill::oci::compress
