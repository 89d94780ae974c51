// SPDX-License-Identifier: Apache-2.0
// Expected blocks: testdata/*.hdr, written by Go's archive/tar (testdata/generate.go).
#include "oci/tar/header.h"

#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::oci::tar {
namespace {

std::string Repeat(absl::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) absl::StrAppend(&out, text);
  return out;
}

std::string Golden(absl::string_view name) {
  std::ifstream file(absl::StrCat("oci/tar/testdata/", name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Case {
  const char* golden;
  Entry entry;
};

const std::string kSha512Name = "blobs/sha512/" + Repeat("0123456789abcdef", 8);
const Case kCases[] = {
    {"file.hdr", {.name = "blobs/sha256/" + Repeat("ab", 32), .mode = 0444, .size = 1234567}},
    {"directory.hdr", {.name = "blobs/sha256/", .type = kDirectory, .mode = 0755}},
    {"limit.hdr", {.name = "a", .mode = 0444, .size = (int64_t{8} << 30) - 1}},
    {"huge.hdr", {.name = "blobs/sha256/" + Repeat("cd", 32), .mode = 0444, .size = int64_t{8} << 30}},
    {"split.hdr", {.name = Repeat("d", 80) + "/" + Repeat("f", 80), .mode = 0644, .size = 3}},
    {"sha512.hdr", {.name = kSha512Name, .mode = 0444, .size = 5}},
    {"sha512_huge.hdr", {.name = kSha512Name, .mode = 0444, .size = int64_t{1} << 40}},
    {"unicode.hdr", {.name = "dir/h\u00e4\u00dflich", .mode = 0644, .size = 5}},
};

TEST(EncodeHeaderTest, WritesWhatGoWrites) {
  for (const Case& c : kCases) {
    const std::string golden = Golden(c.golden);
    ASSERT_GE(golden.size(), 512u) << c.golden;
    const absl::StatusOr<std::string> header = EncodeHeader(c.entry);
    ASSERT_TRUE(header.ok()) << c.golden << header.status();
    EXPECT_EQ(*header, golden) << c.golden;
  }
}

TEST(DecodeHeaderTest, ReadsWhatGoWrote) {
  for (const Case& c : kCases) {
    const std::string golden = Golden(c.golden);
    if (golden.size() != 512) continue;  // resolved by the reader
    const absl::StatusOr<Decoded> header = DecodeHeader(golden);
    ASSERT_TRUE(header.ok()) << c.golden << header.status();
    EXPECT_EQ(header->entry.name, c.entry.name);
    EXPECT_EQ(header->entry.type, c.entry.type);
    EXPECT_EQ(header->entry.mode, c.entry.mode);
    EXPECT_EQ(header->entry.size, c.entry.size);
  }
}

// A header whose size field is `field`, with a checksum that fits.
std::string WithSizeField(absl::string_view field) {
  std::string block = *EncodeHeader({.name = "x"});
  block.replace(124, 12, std::string(field) + std::string(12 - field.size(), '\0'));
  block.replace(148, 8, "        ");
  int sum = 0;
  for (const unsigned char byte : block) sum += byte;
  char text[8];
  snprintf(text, sizeof(text), "%06o", sum);
  block.replace(148, 7, std::string(text, 7));
  return block;
}

TEST(DecodeHeaderTest, TakesOctalAndBinarySizes) {
  const std::pair<std::string, int64_t> sizes[] = {
      {"", 0},
      {"  17 ", 15},
      {"00000000017", 15},
      {"777777777777", 68719476735},  // twelve digits, no NUL
      {std::string("\x80\0\0\0\0\0\0\x02\0\0\0\0", 12), int64_t{8} << 30},
      {std::string("\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", 12), INT64_MAX},
      {std::string(12, '\xff'), -1},
  };
  for (const auto& [field, size] : sizes) {
    const absl::StatusOr<Decoded> header = DecodeHeader(WithSizeField(field));
    ASSERT_TRUE(header.ok()) << header.status();
    EXPECT_EQ(header->entry.size, size);
  }
}

TEST(DecodeHeaderTest, RefusesBadFields) {
  const std::pair<std::string, std::string> sizes[] = {
      {"12x", "the size is not a number"},
      {"8", "the size is not a number"},
      {std::string("\x80\0\0\0\x80\0\0\0\0\0\0\0", 12), "the size is out of range"},
      {std::string("\x80\x01\0\0\0\0\0\0\0\0\0\0", 12), "the size is out of range"},
  };
  for (const auto& [field, text] : sizes) {
    const absl::Status status = DecodeHeader(WithSizeField(field)).status();
    EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput);
    EXPECT_EQ(status.message(), "invalid tar header: " + text);
  }
}

TEST(DecodeHeaderTest, RefusesAWrongChecksum) {
  std::string block = Golden("file.hdr");
  block[0] ^= 1;
  const absl::Status status = DecodeHeader(block).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "invalid tar header: the checksum is wrong");
}

}  // namespace
}  // namespace waybill::oci::tar
