// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/pieces/prefix_code.h"

#include <vector>

#include "gtest/gtest.h"

namespace waybill::oci::deflate::pieces {
namespace {

// The example of RFC 1951, section 3.2.2: A to H have the lengths 3, 3, 3, 3, 3, 2, 4, 4 and the words 010, 011, 100,
// 101, 110, 00, 1110, 1111.
constexpr std::array<uint8_t, 8> kLengths = {3, 3, 3, 3, 3, 2, 4, 4};
struct Word {
  const char* bits;  // the first one first
  uint32_t symbol;
};
constexpr Word kWords[] = {{"010", 0}, {"011", 1}, {"100", 2},  {"101", 3},
                           {"110", 4}, {"00", 5},  {"1110", 6}, {"1111", 7}};

uint64_t Packed(const std::string& bits) {
  uint64_t packed = 0;
  for (size_t i = 0; i < bits.size(); ++i) packed |= static_cast<uint64_t>(bits[i] - '0') << i;
  return packed;
}

TEST(PrefixCodeTest, FindsTheWordsOfTheSpecification) {
  PrefixCode code;
  ASSERT_TRUE(code.Assign(kLengths));
  for (const Word& word : kWords) {
    const std::string bits = word.bits;
    for (const std::string behind : {"", "1111", "0000"}) {
      const PrefixCode::Match match = code.Find(Packed(bits + behind));
      EXPECT_EQ(match.symbol, word.symbol) << bits;
      EXPECT_EQ(match.bits, bits.size()) << bits;
    }
  }
}

TEST(PrefixCodeTest, ATableHasTheShortWords) {
  PrefixCode code;
  ASSERT_TRUE(code.Assign(kLengths));
  std::array<uint8_t, 8> table;
  code.FillTable(
      3, 99, [](uint32_t symbol, uint32_t length) { return static_cast<uint8_t>(symbol * 10 + length); }, table.data());
  for (const Word& word : kWords) {
    const std::string bits = word.bits;
    if (bits.size() == 4) continue;
    for (const char* behind : {"0", "1"}) {
      EXPECT_EQ(table[Packed((bits + behind).substr(0, 3))], word.symbol * 10 + bits.size()) << bits;
    }
  }
  EXPECT_EQ(table[Packed("111")], 99);
}

TEST(PrefixCodeTest, WordsThatAreMissingAreNotFound) {
  PrefixCode code;
  ASSERT_TRUE(code.Assign(std::vector<uint8_t>{0, 1, 0}));
  EXPECT_EQ(code.Find(0).symbol, 1U);
  EXPECT_EQ(code.Find(1).bits, 0U);
  std::array<uint8_t, 4> table;
  code.FillTable(
      2, 99, [](uint32_t, uint32_t) { return uint8_t{1}; }, table.data());
  EXPECT_EQ(table, (std::array<uint8_t, 4>{1, 99, 1, 99}));
  ASSERT_TRUE(code.Assign({}));
  EXPECT_EQ(code.Find(0).bits, 0U);
}

TEST(PrefixCodeTest, TooManyWordsAreRefused) {
  PrefixCode code;
  EXPECT_FALSE(code.Assign(std::vector<uint8_t>{1, 1, 1}));
  EXPECT_FALSE(code.Assign(std::vector<uint8_t>{1, 2, 2, 15}));
  EXPECT_FALSE(code.Assign(std::vector<uint8_t>(288, 1)));
}

}  // namespace
}  // namespace waybill::oci::deflate::pieces
