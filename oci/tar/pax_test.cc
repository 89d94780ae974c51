// SPDX-License-Identifier: Apache-2.0
#include "oci/tar/pax.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::oci::tar {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

TEST(ParsePaxRecordsTest, ReadsRecords) {
  const auto records = ParsePaxRecords("6 a=1\n7 b=x\n\n6 a=2\n8 c=d=e\n5 d=\n");
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_THAT(*records, ElementsAre(Pair("a", "2"), Pair("b", "x\n"), Pair("c", "d=e"), Pair("d", "")));
}

TEST(ParsePaxRecordsTest, RefusesMalformedRecords) {
  const std::string broken[] = {"a=1\n",   "7 a=1\n", "5 a=1\n", "6 a=1 ", "99999999999999999999 a=1\n",   "-6 a=1\n",
                                "6  a1\n", "5 =1\n",  "6 =ab\n", "3 \n",   std::string("10 path=\0\n", 10)};
  for (const std::string& records : broken) {
    const absl::Status status = ParsePaxRecords(records).status();
    EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput) << records;
    EXPECT_THAT(std::string(status.message()), HasSubstr("invalid tar header: ")) << records;
  }
}

TEST(ParsePaxRecordsTest, JoinsTheMapOfASparseFile) {
  const auto records = ParsePaxRecords(
      "23 GNU.sparse.offset=0\n25 GNU.sparse.numbytes=5\n"
      "23 GNU.sparse.offset=9\n25 GNU.sparse.numbytes=7\n");
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_THAT(*records, ElementsAre(Pair("GNU.sparse.map", "0,5,9,7")));
  for (const std::string out_of_order : {"25 GNU.sparse.numbytes=5\n", "25 GNU.sparse.offset=0,5\n",
                                         "23 GNU.sparse.offset=0\n23 GNU.sparse.offset=9\n"}) {
    EXPECT_EQ(ReasonOf(ParsePaxRecords(out_of_order).status()), Reason::kInvalidInput) << out_of_order;
  }
}

TEST(FormatPaxRecordTest, CountsItsOwnDigits) {
  // POSIX.1-2001 pax: the length is that of the whole record.
  EXPECT_EQ(FormatPaxRecord("k", "v"), "6 k=v\n");
  EXPECT_EQ(FormatPaxRecord("path", std::string(89, 'x')), "98 path=" + std::string(89, 'x') + "\n");
  EXPECT_EQ(FormatPaxRecord("path", std::string(90, 'x')), "99 path=" + std::string(90, 'x') + "\n");
  EXPECT_EQ(FormatPaxRecord("path", std::string(91, 'x')), "101 path=" + std::string(91, 'x') + "\n");
}

// Vectors of Go's archive/tar (strconv_test.go, TestParsePAXTime and TestFormatPAXTime).
TEST(PaxTimeTest, ReadsAndWrites) {
  const std::pair<std::string, Time> times[] = {
      {"1350244992.023960108", {1350244992, 23960108}},
      {"1350244992.02396010", {1350244992, 23960100}},
      {"1350244992.0239601089", {1350244992, 23960108}},
      {"1350244992.3", {1350244992, 300000000}},
      {"1350244992", {1350244992, 0}},
      {"-1.000000001", {-2, 999999999}},
      {"-1.000001", {-2, 999999000}},
      {"-1.001000", {-2, 999000000}},
      {"-1", {-1, 0}},
      {"-1.999000", {-2, 1000000}},
      {"-1.999999999", {-2, 1}},
      {"0.000000001", {0, 1}},
      {"-1350244992.0239601089", {-1350244993, 976039892}},
      {"0.", {0, 0}},
      {"1.100000000000000000000000000000", {1, 100000000}},
  };
  for (const auto& [text, time] : times) EXPECT_EQ(ParsePaxTime(text), time) << text;
  for (const std::string wrong : {"", ".5", "1,5", "1.5x", "1.-5", "x", "9223372036854775808", " 1", "0x1"}) {
    EXPECT_EQ(ParsePaxTime(wrong), std::nullopt) << wrong;
  }
  EXPECT_EQ(FormatPaxTime({1350244992, 300000000}), "1350244992.3");
  EXPECT_EQ(FormatPaxTime({1350244992, 23960100}), "1350244992.0239601");
  EXPECT_EQ(FormatPaxTime({-2, 999999999}), "-1.000000001");
  EXPECT_EQ(FormatPaxTime({-1350244993, 976039892}), "-1350244992.023960108");
  EXPECT_EQ(FormatPaxTime({-1, 0}), "-1");
}

TEST(ParseDecimalTest, TakesTheWholeRangeAndNothingElse) {
  EXPECT_EQ(ParseDecimal("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(ParseDecimal("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(ParseDecimal("+5"), 5);
  EXPECT_EQ(ParseDecimal("007"), 7);
  for (const std::string wrong : {"", "-", "+", "1 ", "1_0", "--1", "9223372036854775808", "-9223372036854775809"}) {
    EXPECT_EQ(ParseDecimal(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace waybill::oci::tar
