// SPDX-License-Identifier: Apache-2.0
#include "attest/scan/base64_stream.h"

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"

namespace waybill::attest::scan {
namespace {

// The text decoded in pieces of that size; `before_fault`, if any, is what was given before an error.
absl::StatusOr<std::string> Decode(absl::string_view text, size_t piece, std::string* before_fault = nullptr) {
  Base64Stream stream;
  std::string out;
  absl::Status status;
  for (size_t at = 0; status.ok() && at < text.size(); at += piece) status = stream.Feed(text.substr(at, piece), out);
  if (before_fault != nullptr) *before_fault = out;
  if (status.ok()) status = stream.Finish(out);
  if (!status.ok()) return status;
  return out;
}

// What base64(1) and Go's encoding/base64 make of these.
TEST(Base64StreamTest, BothAlphabetsPaddedOrNot) {
  const struct {
    absl::string_view text, decoded;
  } cases[] = {{"", ""},
               {"eyJhIjoxfQ==", R"({"a":1})"},
               {"eyJhIjoxfQ", R"({"a":1})"},
               {"eyJh\nIjox\r\nfQ==\n", R"({"a":1})"},
               {R"(eyJh\nIjoxfQ\u003d\u003d)", R"({"a":1})"},
               {"++//", "\xfb\xef\xff"},
               {R"(\/\/++)", "\xff\xff\xbe"},
               {"--__", "\xfb\xef\xff"}};
  for (const auto& one : cases) {
    for (size_t piece = 1; piece <= one.text.size() + 1; ++piece) {
      const absl::StatusOr<std::string> decoded = Decode(one.text, piece);
      ASSERT_TRUE(decoded.ok()) << one.text << ": " << decoded.status();
      EXPECT_EQ(*decoded, one.decoded) << one.text << " in pieces of " << piece;
    }
  }
}

// Go refuses them too.
TEST(Base64StreamTest, WhatIsNoBase64However) {
  for (const absl::string_view text : {"AA  AA  ", "AA A", "AAA.", "A", "A===", "=AAA", "AA=A",
                                       "AA=", "AA==AA==", "AAAA====", "AAA==", "AAAA\xaf", R"(AAA\u0020)"}) {
    for (size_t piece = 1; piece <= text.size(); ++piece) {
      EXPECT_FALSE(Decode(text, piece).ok()) << text << " in pieces of " << piece;
    }
  }
}

TEST(Base64StreamTest, TheSameBeforeAFault) {
  for (size_t piece = 1; piece <= 16; ++piece) {
    std::string before;
    EXPECT_FALSE(Decode("eyJhIjox fQ==", piece, &before).ok());
    EXPECT_EQ(before, R"({"a":1)") << piece;
  }
}

}  // namespace
}  // namespace waybill::attest::scan
