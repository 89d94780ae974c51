// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/entropy/prefix_code.h"

#include <vector>

#include "gtest/gtest.h"

namespace waybill::oci::deflate::entropy {
namespace {

std::vector<uint8_t> Lengths(const std::vector<uint32_t>& frequencies, int limit) {
  std::vector<uint8_t> lengths(frequencies.size(), 0xff);
  ChooseLengths(frequencies, limit, absl::MakeSpan(lengths));
  return lengths;
}

TEST(PrefixCodeTest, OneOrTwoSymbolsTakeOneBit) {
  EXPECT_EQ(Lengths({0, 0, 0}, 15), (std::vector<uint8_t>{0, 0, 0}));
  EXPECT_EQ(Lengths({0, 7, 0}, 15), (std::vector<uint8_t>{0, 1, 0}));
  EXPECT_EQ(Lengths({9, 0, 1}, 15), (std::vector<uint8_t>{1, 0, 1}));
}

// Frequencies of powers of two have one best code.
TEST(PrefixCodeTest, RareSymbolsHaveLongCodes) {
  EXPECT_EQ(Lengths({1, 1, 2, 4, 8, 16}, 15), (std::vector<uint8_t>{5, 5, 4, 3, 2, 1}));
}

// By hand: with at most three bits the six symbols fill four codes of three bits and two of two.
TEST(PrefixCodeTest, LengthsAreLimited) {
  EXPECT_EQ(Lengths({1, 1, 2, 4, 8, 16}, 3), (std::vector<uint8_t>{3, 3, 3, 3, 2, 2}));
}

// The example of RFC 1951, section 3.2.2: codes 010 011 100 101 110 00 1110 1111, here with the first bit lowest.
TEST(PrefixCodeTest, CodesAreCanonical) {
  const std::vector<uint8_t> lengths = {3, 3, 3, 3, 3, 2, 4, 4};
  std::vector<uint16_t> bits(lengths.size());
  AssignBits(lengths, absl::MakeSpan(bits));
  EXPECT_EQ(bits, (std::vector<uint16_t>{0b010, 0b110, 0b001, 0b101, 0b011, 0b00, 0b0111, 0b1111}));
}

}  // namespace
}  // namespace waybill::oci::deflate::entropy
