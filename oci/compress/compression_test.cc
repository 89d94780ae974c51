// SPDX-License-Identifier: Apache-2.0
// Compressed bytes were made by gzip 1.12 (gzip -n9) and zstd 1.5.4.
#include "oci/compress/compression.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/io/string.h"

namespace waybill::oci::compress {
namespace {

const std::string kGzipHello = absl::HexStringToBytes("1f8b0800000000000203cb48cdc9c9570000f6f981ed06000000");
const std::string kGzipWorld = absl::HexStringToBytes("1f8b08000000000002032bcf2fca4901004311773a05000000");
const std::string kZstdHello = absl::HexStringToBytes("28b52ffd045831000068656c6c6f20d23be1a9");
const std::string kZstdWorld = absl::HexStringToBytes("28b52ffd0058290000776f726c64");
const std::string kZstdSkippable = absl::HexStringToBytes("5a2a4d1803000000616263");
// head -c 100000 /dev/zero, by gzip -n9 and zstd -19.
const std::string kGzipZeros =
    absl::StrCat(absl::HexStringToBytes("1f8b0800000000000203edc13101000000c2a0f54f6d0d0fa0"), std::string(96, '\0'),
                 absl::HexStringToBytes("8057037d9511d4a0860100"));
const std::string kZstdZeros = absl::HexStringToBytes("28b52ffd04684d0000080001009c86391002db234ef3");
constexpr char kZerosDigest[] = "sha256:9192c25b734fcbadbe32dadc28089c60db0e39f90cc20ce2e5733f57261acc0c";
// The start of a frame that wants a window of 2^28 bytes (zstd --long=28).
const std::string kZstdLong = absl::HexStringToBytes("28b52ffd0490640000100000");

// Gives one byte at a time, and fails at `fail_at`.
class Dribble : public io::Reader {
 public:
  explicit Dribble(std::string bytes, size_t fail_at = -1) : bytes_(std::move(bytes)), fail_at_(fail_at) {}
  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    if (offset_ == fail_at_) return MakeError(Reason::kNetwork, "cable cut");
    if (offset_ == bytes_.size()) return 0;
    buffer[0] = bytes_[offset_++];
    return 1;
  }

 private:
  const std::string bytes_;
  const size_t fail_at_;
  size_t offset_ = 0;
};

absl::StatusOr<std::string> Decompress(std::unique_ptr<io::Reader> from, size_t piece = 7) {
  absl::StatusOr<std::unique_ptr<io::Reader>> reader = NewDecompressor(std::move(from));
  if (!reader.ok()) return reader.status();
  std::string out;
  std::string buffer(piece, '\0');
  while (true) {
    const absl::StatusOr<size_t> count = (*reader)->Read(absl::MakeSpan(buffer.data(), buffer.size()));
    if (!count.ok()) return count.status();
    if (*count == 0) return out;
    out.append(buffer, 0, *count);
  }
}

absl::StatusOr<std::string> Decompress(const std::string& bytes, size_t piece = 7) {
  return Decompress(std::make_unique<io::StringReader>(bytes), piece);
}

TEST(DetectFormatTest, ByMagicNumber) {
  EXPECT_EQ(DetectFormat(kGzipHello), Format::kGzip);
  EXPECT_EQ(DetectFormat(kZstdHello), Format::kZstd);
  EXPECT_EQ(DetectFormat(kZstdSkippable), Format::kZstd);
  EXPECT_EQ(DetectFormat("\x1f\x8b"), Format::kNone);
  EXPECT_EQ(DetectFormat("\x28\xb5\x2f"), Format::kNone);
  EXPECT_EQ(DetectFormat("tar"), Format::kNone);
  EXPECT_EQ(DetectFormat(""), Format::kNone);
}

TEST(DecompressorTest, JoinsMembersAndFrames) {
  EXPECT_EQ(*Decompress(kGzipHello + kGzipWorld), "hello world");
  EXPECT_EQ(*Decompress(kZstdHello + kZstdSkippable + kZstdWorld), "hello world");
  EXPECT_EQ(*Decompress(kZstdSkippable + kZstdHello), "hello ");
}

TEST(DecompressorTest, PassesOtherBytesOn) {
  for (const std::string text : {"", "a", "abcd", "plain text, longer than a magic number"}) {
    EXPECT_EQ(*Decompress(text), text);
  }
}

TEST(DecompressorTest, ReadsFromASlowSource) {
  EXPECT_EQ(*Decompress(std::make_unique<Dribble>(kGzipHello + kGzipWorld)), "hello world");
  EXPECT_EQ(*Decompress(std::make_unique<Dribble>(kZstdHello + kZstdWorld)), "hello world");
}

TEST(DecompressorTest, GivesTheSameInPiecesOfAnySize) {
  for (const std::string& zeros : {kGzipZeros, kZstdZeros}) {
    for (const size_t piece : {size_t{1}, size_t{4096}, size_t{1} << 20}) {
      const absl::StatusOr<std::string> out = Decompress(zeros, piece);
      ASSERT_TRUE(out.ok()) << out.status();
      EXPECT_EQ(Digest::Of(*out).ToString(), kZerosDigest);
    }
  }
}

TEST(DecompressorTest, CutAnywhereIsAnError) {
  for (size_t size = kMagicBytes; size < kGzipHello.size(); ++size) {
    const absl::Status status = Decompress(kGzipHello.substr(0, size)).status();
    EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput) << size;
  }
  EXPECT_EQ(Decompress(kGzipHello.substr(0, 20)).status().message(), "gzip data is cut short at uncompressed byte 6");
  for (size_t size = kMagicBytes; size < kZstdHello.size(); ++size) {
    const absl::Status status = Decompress(kZstdHello.substr(0, size)).status();
    EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput) << size;
    EXPECT_NE(status.message().find("cut short"), absl::string_view::npos) << size;
  }
}

TEST(DecompressorTest, CorruptBytesAreAnError) {
  std::string gzip = kGzipHello;
  gzip[19] ^= 1;  // its CRC
  EXPECT_EQ(Decompress(gzip).status().message(), "gzip data is corrupt at uncompressed byte 6");
  std::string zstd = kZstdHello;
  zstd.back() ^= 1;  // its checksum
  EXPECT_EQ(Decompress(zstd).status().message(),
            "zstd data at uncompressed byte 0: Restored data doesn't match checksum");
  EXPECT_EQ(Decompress(kGzipHello + "garbage").status().message(), "gzip data is corrupt at uncompressed byte 6");
}

TEST(DecompressorTest, AHugeWindowIsRefused) {
  const absl::Status status = Decompress(kZstdLong).status();
  EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput);
  EXPECT_EQ(status.message(), "zstd data at uncompressed byte 0: Frame requires too much memory for decoding");
}

TEST(DecompressorTest, PassesErrorsOfTheSourceOn) {
  for (const std::string& bytes : {kGzipHello, kZstdHello}) {
    for (const size_t fail_at : {size_t{2}, size_t{10}}) {
      const absl::Status status = Decompress(std::make_unique<Dribble>(bytes, fail_at)).status();
      EXPECT_EQ(ReasonOf(status), Reason::kNetwork);
      EXPECT_EQ(status.message(), "cable cut");
    }
  }
}

}  // namespace
}  // namespace waybill::oci::compress
