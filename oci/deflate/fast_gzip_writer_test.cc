// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/fast_gzip_writer.h"

#include <zlib.h>

#include <optional>
#include <thread>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/deflate/gzip_writer.h"
#include "oci/deflate/testing/limited_writer.h"
#include "oci/error.h"

namespace waybill::oci::deflate {
namespace {

using testing::LimitedWriter;

std::string Written(io::Writer& writer, LimitedWriter& to, absl::string_view input, size_t step) {
  for (size_t i = 0; i < input.size(); i += step) EXPECT_TRUE(writer.Write(input.substr(i, step)).ok());
  EXPECT_TRUE(writer.Close().ok());
  EXPECT_EQ(to.closed, 0);
  return std::move(to.text);
}

std::string Compress(Engine& engine, absl::string_view input, int level = -1, size_t step = 100'000) {
  LimitedWriter to;
  const auto writer = FastGzipWriter::New(engine, to, level);
  EXPECT_TRUE(writer.ok()) << writer.status();
  return Written(**writer, to, input, step);
}

std::string CompressExactly(Engine& engine, absl::string_view input, int level) {
  LimitedWriter to;
  const auto writer = GzipWriter::New(engine, to, {.level = level});
  EXPECT_TRUE(writer.ok()) << writer.status();
  return Written(**writer, to, input, 100'000);
}

// The content of a single member; null when zlib does not read it, checksum and size included, to the last byte.
std::optional<std::string> Inflate(std::string member, size_t size) {
  std::string out(size + 1, '\0');
  z_stream stream = {};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(member.data());
  stream.avail_in = static_cast<uInt>(member.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = inflate(&stream, Z_FINISH);
  const bool whole = result == Z_STREAM_END && stream.avail_in == 0;
  out.resize(stream.total_out);
  inflateEnd(&stream);
  if (!whole) return std::nullopt;
  return out;
}

uint32_t NextRandom(uint32_t& state) { return state = state * 1664525 + 1013904223; }

std::string Noise(size_t size) {
  uint32_t state = 7;
  std::string noise;
  while (noise.size() < size) noise.push_back(static_cast<char>(NextRandom(state) >> 24));
  return noise;
}

// Words in random order.
std::string Text(size_t size) {
  uint32_t state = 1;
  std::string text;
  while (text.size() < size) {
    uint32_t word = (NextRandom(state) >> 16) % 3000;
    for (uint32_t i = word % 7 + 2; i > 0; --i, word = word * 31 + 7)
      text.push_back(static_cast<char>('a' + word % 26));
    text.push_back(' ');
  }
  text.resize(size);
  return text;
}

struct Input {
  const char* name;
  std::string bytes;
};

std::vector<Input> Inputs() {
  constexpr size_t kPiece = pieces::kPieceBytes;
  constexpr size_t kPair = pieces::kPairBytes;
  return {{"empty", ""},
          {"one byte", "a"},
          {"a piece", Text(kPiece)},
          {"a piece and a byte", Text(kPiece + 1)},
          {"a pair less a byte", Text(kPair - 1)},
          {"a pair", Text(kPair)},
          {"a pair and a byte", Text(kPair + 1)},
          {"three pairs", Text(3 * kPair)},
          {"noise", Noise(kPair + 77'777)},
          {"zeros", std::string(5 * kPair + 3, '\0')},
          {"all kinds", absl::StrCat(Text(700'000), Noise(300'000), std::string(600'000, 'x'), Text(900'000))}};
}

TEST(FastGzipWriterTest, ZlibReadsOneMemberWhateverTheThreads) {
  Engine none(0);
  Engine one(1);
  Engine many(5);
  for (const Input& input : Inputs()) {
    const std::string member = Compress(none, input.bytes);
    EXPECT_TRUE(Inflate(member, input.bytes.size()) == input.bytes) << input.name;
    EXPECT_TRUE(Compress(one, input.bytes) == member) << input.name;
    EXPECT_TRUE(Compress(many, input.bytes) == member) << input.name;
    EXPECT_TRUE(Compress(many, input.bytes, -1, 4'000'001) == member) << input.name << " written in large steps";
  }
  const std::string text = Text(10'000);
  EXPECT_TRUE(Compress(one, text, -1, 1) == Compress(one, text)) << "written byte by byte";
}

TEST(FastGzipWriterTest, EveryLevelIsRead) {
  Engine engine(2);
  const std::string input = absl::StrCat(Text(1'500'000), Noise(100'000), std::string(200'000, '\0'));
  size_t before = std::string::npos;
  for (int level = 0; level <= 9; ++level) {
    const std::string member = Compress(engine, input, level);
    EXPECT_TRUE(Inflate(member, input.size()) == input) << level;
    EXPECT_LE(member.size(), before) << level;
    before = member.size();
  }
  EXPECT_TRUE(Inflate(Compress(engine, input, -2), input.size()) == input);
  EXPECT_EQ(Compress(engine, input, -1), Compress(engine, input, 6));
  EXPECT_EQ(Compress(engine, input, -2).substr(10), Compress(engine, input, 1).substr(10));
}

TEST(FastGzipWriterTest, HeaderIsThatOfGo) {
  Engine engine(0);
  for (int level = -2; level <= 9; ++level) {
    EXPECT_EQ(absl::BytesToHexString(Compress(engine, "", level).substr(0, 10)),
              absl::BytesToHexString(CompressExactly(engine, "", level).substr(0, 10)));
  }
}

TEST(FastGzipWriterTest, OtherLevelsAreRefused) {
  Engine engine(0);
  LimitedWriter to;
  for (const int level : {-3, 10}) {
    const absl::Status status = FastGzipWriter::New(engine, to, level).status();
    EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput);
    EXPECT_EQ(status.message(), absl::StrCat("gzip: invalid compression level: ", level));
  }
}

TEST(FastGzipWriterTest, ErrorsOfTheOtherWriterStay) {
  const std::string noise = Noise(8 << 20);
  for (const int threads : {0, 2}) {
    for (const size_t limit : {size_t{0}, size_t{100'000}, size_t{3'000'000}}) {
      Engine engine(threads);
      LimitedWriter to;
      to.limit = limit;
      const auto writer = FastGzipWriter::New(engine, to, 1);
      ASSERT_TRUE(writer.ok()) << writer.status();
      EXPECT_EQ(ReasonOf((*writer)->Write(noise)), Reason::kStorage);
      EXPECT_EQ(ReasonOf((*writer)->Write("more")), Reason::kStorage);
      EXPECT_EQ(ReasonOf((*writer)->Close()), Reason::kStorage);
    }
  }
}

TEST(FastGzipWriterTest, ErrorsOfTheOtherWriterAtTheEnd) {
  Engine engine(0);
  LimitedWriter to;
  to.limit = 14;  // without a part of the trailer
  const auto writer = FastGzipWriter::New(engine, to, 6);
  ASSERT_TRUE(writer.ok()) << writer.status();
  EXPECT_EQ(ReasonOf((*writer)->Close()), Reason::kStorage);
}

TEST(FastGzipWriterTest, CanBeGivenUp) {
  Engine engine(2);
  const std::string text = Text(3'500'000);
  for (const size_t size : {size_t{0}, size_t{10}, size_t{1'200'000}, text.size()}) {
    LimitedWriter to;
    const auto writer = FastGzipWriter::New(engine, to, 6);
    ASSERT_TRUE(writer.ok()) << writer.status();
    EXPECT_TRUE((*writer)->Write(absl::string_view(text).substr(0, size)).ok());
  }
  EXPECT_TRUE(Inflate(Compress(engine, text), text.size()) == text) << "what was given up left no trace";
}

TEST(FastGzipWriterTest, StreamsShareAnEngine) {
  Engine engine(2);
  const std::string text = Text(3'500'000);
  const std::string alone = Compress(engine, text);
  std::vector<std::string> members(4);
  {
    std::vector<std::jthread> threads;
    for (std::string& member : members) threads.emplace_back([&] { member = Compress(engine, text); });
  }
  for (const std::string& member : members) EXPECT_TRUE(member == alone);
}

}  // namespace
}  // namespace waybill::oci::deflate
