// SPDX-License-Identifier: Apache-2.0
#include "oci/words/percent.h"

#include "gtest/gtest.h"

namespace waybill::oci::words {
namespace {

TEST(PercentTest, DecodesEachEscape) {
  EXPECT_EQ(PercentDecoded(""), "");
  EXPECT_EQ(PercentDecoded("a+b"), "a+b");
  EXPECT_EQ(PercentDecoded("%2f%2F%25%c3%bc"), "//%\xc3\xbc");
  EXPECT_EQ(PercentDecoded("%2525"), "%25");
  EXPECT_EQ(PercentDecoded("a%00b"), std::string("a\0b", 3));
}

TEST(PercentTest, TellsWhatIsNoEscape) {
  for (const auto& [text, escape] : {std::pair("a%", "%"), std::pair("a%4", "%4"), std::pair("%zz1", "%zz"),
                                     std::pair("%4\xff", "%4\xff"), std::pair("%41%", "%")}) {
    absl::string_view wrong;
    EXPECT_EQ(PercentDecoded(text, &wrong), std::nullopt) << text;
    EXPECT_EQ(wrong, escape);
    EXPECT_EQ(PercentDecoded(text), std::nullopt);
  }
}

}  // namespace
}  // namespace waybill::oci::words
