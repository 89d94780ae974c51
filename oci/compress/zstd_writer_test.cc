// SPDX-License-Identifier: Apache-2.0
#include "oci/compress/zstd_writer.h"

#include <zstd.h>

#include <random>

#include "gtest/gtest.h"
#include "oci/context.h"
#include "oci/io/string.h"

namespace waybill::oci::compress {
namespace {

std::string Compressed(const std::string& input, int level, size_t piece) {
  std::string frame;
  io::StringWriter out(frame);
  ZstdWriter writer(out, level);
  for (size_t at = 0; at < input.size(); at += piece) {
    EXPECT_TRUE(writer.Write(absl::string_view(input).substr(at, piece)).ok());
  }
  EXPECT_TRUE(writer.Close().ok());
  return frame;
}

// By libzstd's one-shot call, which checks the checksum.
std::string Decompressed(const std::string& frame, size_t size) {
  std::string bytes(size + 1, '\0');
  const size_t count = ZSTD_decompress(bytes.data(), bytes.size(), frame.data(), frame.size());
  EXPECT_FALSE(ZSTD_isError(count)) << ZSTD_getErrorName(count);
  bytes.resize(ZSTD_isError(count) ? 0 : count);
  return bytes;
}

std::string Text(size_t size) {
  std::mt19937 random(7);
  std::string text;
  while (text.size() < size) text.append("line ").append(std::to_string(random() % 5000)).push_back('\n');
  text.resize(size);
  return text;
}

TEST(ZstdWriterTest, ComesBackAtEveryLevelAndSize) {
  for (const size_t size : {0, 1, 300, 131071, 131072, 131073, 9000000}) {
    for (const int level : {1, 3, 7, 12}) {
      const std::string input = Text(size);
      EXPECT_EQ(Decompressed(Compressed(input, level, 100000), size), input) << size << " at level " << level;
    }
  }
}

TEST(ZstdWriterTest, BytesDoNotDependOnHowTheInputIsCut) {
  const std::string input = Text(6000000);
  EXPECT_EQ(Compressed(input, 3, 4096), Compressed(input, 3, 1 << 20));
}

TEST(ZstdWriterTest, FramesHaveAChecksumAndShortOnesTheirSize) {
  const std::string one = Compressed(Text(300), 3, 300);
  EXPECT_EQ(ZSTD_getFrameContentSize(one.data(), one.size()), 300U);
  const std::string many = Compressed(Text(500000), 3, 500000);
  EXPECT_EQ(ZSTD_getFrameContentSize(many.data(), many.size()), ZSTD_CONTENTSIZE_UNKNOWN);
  for (const std::string& frame : {one, many}) EXPECT_NE(frame[4] & 0x04, 0);  // RFC 8878, 3.1.1.1.1: checksum flag
}

// The four speeds of klauspost/compress, EncoderLevelFromZstd.
TEST(ZstdLevelTest, KnowsFourSpeeds) {
  EXPECT_EQ(ZstdLevelFor(std::nullopt), ZstdLevelFor(3));
  EXPECT_EQ(ZstdLevelFor(-5), ZstdLevelFor(2));
  EXPECT_EQ(ZstdLevelFor(6), ZstdLevelFor(9));
  EXPECT_EQ(ZstdLevelFor(10), ZstdLevelFor(22));
  EXPECT_LT(ZstdLevelFor(2), ZstdLevelFor(5));
  EXPECT_LT(ZstdLevelFor(5), ZstdLevelFor(6));
  EXPECT_LT(ZstdLevelFor(9), ZstdLevelFor(10));
}

}  // namespace
}  // namespace waybill::oci::compress
