// SPDX-License-Identifier: Apache-2.0
// Expected bytes and digests were made by the compress/gzip of Go 1.26.8 (tools/peers/deflate). tools/deflate compares
// thousands of inputs.
#include "oci/deflate/gzip_writer.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/deflate/testing/limited_writer.h"
#include "oci/digest.h"
#include "oci/error.h"

namespace waybill::oci::deflate {
namespace {

using testing::LimitedWriter;

std::string Compress(Engine& engine, absl::string_view input, const GzipOptions& options, size_t piece = 100'000) {
  LimitedWriter to;
  const auto writer = GzipWriter::New(engine, to, options);
  EXPECT_TRUE(writer.ok()) << writer.status();
  for (size_t i = 0; i < input.size(); i += piece) EXPECT_TRUE((*writer)->Write(input.substr(i, piece)).ok());
  EXPECT_TRUE((*writer)->Close().ok());
  EXPECT_EQ(to.closed, 0) << "more members may follow";
  return to.text;
}

uint32_t NextRandom(uint32_t& state) { return state = state * 1664525 + 1013904223; }

// Words, and bytes of noise among them.
std::string Text(size_t size) {
  std::vector<std::string> words;
  for (int k = 0; k < 97; ++k) {
    std::string& word = words.emplace_back();
    for (int j = 0; j < k % 7 + 2; ++j) word.push_back(static_cast<char>('a' + (k * j + j * j) % 26));
    word.push_back(' ');
  }
  uint32_t state = 1;
  std::string text;
  while (text.size() < size) {
    const uint32_t choice = NextRandom(state) >> 16;
    if (choice % 8 > 0) {
      text += words[choice % words.size()];
    } else {
      for (int i = 0; i < 8; ++i) text.push_back(static_cast<char>(NextRandom(state) >> 24));
    }
  }
  text.resize(size);
  return text;
}

struct Golden {
  int level;
  size_t text_size;
  const char* text_digest;
  size_t zeros_size;
  const char* zeros_digest;
};

class GoldenTest : public ::testing::TestWithParam<Golden> {};

TEST_P(GoldenTest, GivesTheBytesOfGo) {
  const Golden& golden = GetParam();
  const std::string text = Text(400'000);
  ASSERT_EQ(Digest::Of(text).hex(), "0a452e12640a332c9ab8a43f7217f1da893b13a8babd0a0dab2fd270cbbc6875");
  Engine threadless(0);
  const std::string of_text = Compress(threadless, text, {.level = golden.level}, 10'007);
  EXPECT_EQ(of_text.size(), golden.text_size);
  EXPECT_EQ(Digest::Of(of_text).hex(), golden.text_digest);
  Engine threaded(2);
  EXPECT_TRUE(Compress(threaded, text, {.level = golden.level}) == of_text) << "threads make other bytes";
  // The parses of segments of zeros do not meet, so they are made again.
  const std::string of_zeros = Compress(threaded, std::string(600'000, '\0'), {.level = golden.level});
  EXPECT_EQ(of_zeros.size(), golden.zeros_size);
  EXPECT_EQ(Digest::Of(of_zeros).hex(), golden.zeros_digest);
}

constexpr Golden kGoldens[] = {
    {-2, 267250, "7afe91c3946a8841d5fff9d9f3a637a2aae0c8849d67fbd5c221043047847356", 75137,
     "db4e055b1b6c23655c5521d1f33912020ce639e924b08c70792954c1015330c6"},
    {-1, 160611, "c7726f332bd18aef4d6dc5c79ec4b9c21e364c2689efb88321960061f8e2aa65", 620,
     "65289e70e8928886d9dfe9df7ad13e50d20134d068d4e82621d168cb607795d2"},
    {0, 400058, "78b2a90cc0d7f818d28f8cc8a276422a7a512990fb16c323ad699ec62d57bde5", 600073,
     "7dcc73d46a533507f496ecfb48edc089f41c6685a277f48c8003c46f5084d2ef"},
    {1, 196603, "e794c9dc3404dbea17c89f7329839ff10e1d265accd8db805550b41d1763bd2b", 763,
     "eac8786dc7c7d5df082bb427339da528db295bbe4e3b3e3371b769b77bb469e2"},
    {2, 178142, "8c25cde64f8dcfc6b82912c48451da046fd6b52146d78aec9dabec89d22331d3", 2656,
     "cee0cb189786bf52885b03278144a4bb88ecdca504b11a0879f26fc033551f22"},
    {3, 174372, "b0c742eb7fec42b9d1215415fca19fc51e6ee67ef7381c4723635a09c91d3a6e", 2656,
     "cee0cb189786bf52885b03278144a4bb88ecdca504b11a0879f26fc033551f22"},
    {4, 169193, "80887516684618c880d8c2023e457657f875271b5d38d59e5e1a9eb644f83ec1", 620,
     "65289e70e8928886d9dfe9df7ad13e50d20134d068d4e82621d168cb607795d2"},
    {5, 166559, "c74f3fbde319921bcbd72dfa5d86ea65732ff6ab057233cd6fb03412c1282db5", 620,
     "65289e70e8928886d9dfe9df7ad13e50d20134d068d4e82621d168cb607795d2"},
    {6, 160611, "c7726f332bd18aef4d6dc5c79ec4b9c21e364c2689efb88321960061f8e2aa65", 620,
     "65289e70e8928886d9dfe9df7ad13e50d20134d068d4e82621d168cb607795d2"},
    {7, 160106, "282baab97d8a0e33e29869388f8b2c464cf4eefd603e743aee8d9d59ee6802ef", 620,
     "65289e70e8928886d9dfe9df7ad13e50d20134d068d4e82621d168cb607795d2"},
    {8, 160106, "282baab97d8a0e33e29869388f8b2c464cf4eefd603e743aee8d9d59ee6802ef", 620,
     "65289e70e8928886d9dfe9df7ad13e50d20134d068d4e82621d168cb607795d2"},
    {9, 160106, "7d5ca346ef9ce8a45a8969cc4cf30cb8204b8932b798c453367827f9f3c50392", 620,
     "ecd3c928b442b0730b96d6c59df05ac51778b7353644735360cd8a647af88edc"},
};

INSTANTIATE_TEST_SUITE_P(Levels, GoldenTest, ::testing::ValuesIn(kGoldens), [](const auto& test) {
  return absl::StrCat(test.param.level < 0 ? "Minus" : "Level", std::abs(test.param.level));
});

TEST(GzipWriterTest, SmallInputs) {
  Engine engine(0);
  const auto hex = [&](absl::string_view input, int level) {
    return absl::BytesToHexString(Compress(engine, input, {.level = level}));
  };
  constexpr absl::string_view kHello = "hello hello hello hello\n";
  constexpr char kHelloLiterals[] = "04c0310900000c03c1bd2a622e90e1e1fd6fbd15cc0a6605b382f7010000ffff0088590b18000000";
  EXPECT_EQ(hex(kHello, -2), absl::StrCat("1f8b08000000000000ff", kHelloLiterals));
  EXPECT_EQ(hex(kHello, 1), absl::StrCat("1f8b08000000000004ff", kHelloLiterals));
  EXPECT_EQ(hex(kHello, 0),
            "1f8b08000000000000ff001800e7ff68656c6c6f2068656c6c6f2068656c6c6f2068656c6c6f0a010000ffff0088590b18000000");
  EXPECT_EQ(hex(kHello, 6), "1f8b08000000000000ffca48cdc9c957c020b900010000ffff0088590b18000000");
  EXPECT_EQ(hex("a", 1), "1f8b08000000000004ff000100feff61010000ffff43beb7e801000000");
  EXPECT_EQ(hex("a", -1), "1f8b08000000000000ff4a04040000ffff43beb7e801000000");
}

TEST(GzipWriterTest, HeaderMarksTheFastestAndTheSmallestLevel) {
  Engine engine(0);
  for (int level = -2; level <= 9; ++level) {
    const char* const effort = level == 9 ? "02" : level == 1 ? "04" : "00";
    EXPECT_EQ(absl::BytesToHexString(Compress(engine, "", {.level = level})),
              absl::StrCat("1f8b080000000000", effort, "ff010000ffff0000000000000000"));
  }
}

TEST(GzipWriterTest, FlushAddsAnEmptyStoredBlock) {
  Engine engine(0);
  EXPECT_EQ(absl::BytesToHexString(Compress(engine, "", {.flush_at_end = true})),
            "1f8b08000000000000ff000000ffff010000ffff0000000000000000");
  EXPECT_EQ(absl::BytesToHexString(Compress(engine, "hello hello hello hello\n", {.flush_at_end = true})),
            "1f8b08000000000000ffca48cdc9c957c020b900000000ffff010000ffff0088590b18000000");
}

TEST(GzipWriterTest, OtherLevelsAreRefused) {
  Engine engine(0);
  LimitedWriter to;
  for (const int level : {-3, 10}) {
    const auto writer = GzipWriter::New(engine, to, {.level = level});
    EXPECT_EQ(ReasonOf(writer.status()), Reason::kInvalidInput);
    EXPECT_EQ(writer.status().message(), absl::StrCat("gzip: invalid compression level: ", level));
  }
}

TEST(GzipWriterTest, ErrorsOfTheOtherWriterStay) {
  Engine engine(2);
  LimitedWriter to;
  to.limit = 70'000;
  const auto writer = GzipWriter::New(engine, to, {.level = 0});
  ASSERT_TRUE(writer.ok()) << writer.status();
  const std::string text(5'000'000, 'a');
  EXPECT_EQ(ReasonOf((*writer)->Write(text)), Reason::kStorage);
  EXPECT_EQ(ReasonOf((*writer)->Write("more")), Reason::kStorage);
  EXPECT_EQ(ReasonOf((*writer)->Close()), Reason::kStorage);
}

TEST(GzipWriterTest, CanBeGivenUp) {
  Engine engine(2);
  const std::string text = Text(1'200'000);
  for (const int level : {-2, 1, 3, 6}) {
    LimitedWriter to;
    const auto writer = GzipWriter::New(engine, to, {.level = level});
    ASSERT_TRUE(writer.ok()) << writer.status();
    EXPECT_TRUE((*writer)->Write(text).ok());
  }
  EXPECT_EQ(absl::BytesToHexString(Compress(engine, "a", {})), "1f8b08000000000000ff4a04040000ffff43beb7e801000000");
}

}  // namespace
}  // namespace waybill::oci::deflate
