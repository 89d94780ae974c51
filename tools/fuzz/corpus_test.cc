// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target over its seeds, and over each of their beginnings: cut-off input is the commonest kind of bad
// input.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "gtest/gtest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr size_t kMostBeginnings = 512;

class CorpusTest : public testing::TestWithParam<std::string> {};

void RunOne(const std::string& bytes) {
  // A copy of exactly that size, so that AddressSanitizer sees a step beyond it.
  const std::vector<uint8_t> input(bytes.begin(), bytes.end());
  EXPECT_EQ(LLVMFuzzerTestOneInput(input.data(), input.size()), 0);
}

TEST_P(CorpusTest, Holds) {
  std::ifstream file(std::string(CORPUS "/") + GetParam(), std::ios::binary);
  ASSERT_TRUE(file.is_open());
  const std::string seed((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  RunOne(seed);
  const size_t step = std::max<size_t>(1, seed.size() / kMostBeginnings);
  for (size_t size = 0; size < seed.size(); size += step) RunOne(seed.substr(0, size));
}

std::vector<std::string> Seeds() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(CORPUS)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(Seeds, CorpusTest, testing::ValuesIn(Seeds()), [](const auto& seed) {
  std::string name = seed.param;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return !std::isalnum(c); }, '_');
  return name;
});

}  // namespace
