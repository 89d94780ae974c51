// SPDX-License-Identifier: Apache-2.0
// The borders are those of the Unicode standard, table 3-7.
#include "oci/json/utf8.h"

#include "gtest/gtest.h"

namespace waybill::oci::json::utf8 {
namespace {

TEST(Utf8Test, MeasuresSequences) {
  for (absl::string_view text : {"a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                                 "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_EQ(SequenceSize(text), text.size()) << text;
    EXPECT_EQ(SequenceSize(std::string(text) + "x"), text.size()) << text;
  }
  EXPECT_EQ(SequenceSize(absl::string_view("\0", 1)), 1u);
}

TEST(Utf8Test, RefusesWhatIsNoSequence) {
  for (absl::string_view text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2x", "\xe0\x9f\xbf", "\xe0\xa0", "\xed\xa0\x80",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf0\x90\x80", "\xff"}) {
    EXPECT_EQ(SequenceSize(text), 0u);
  }
}

TEST(Utf8Test, Appends) {
  std::string out;
  for (uint32_t code_point : {0x41u, 0xe9u, 0x20acu, 0x1f600u, 0xd800u, 0xdfffu, 0x110000u}) Append(out, code_point);
  EXPECT_EQ(out, "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

}  // namespace
}  // namespace waybill::oci::json::utf8
