// SPDX-License-Identifier: Apache-2.0
// The expected values are what Go 1.26's strconv gives.
#include "exporter/request/values/go_values.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::exporter::request::values {
namespace {

TEST(GoValuesTest, QuotesAsGoDoes) {
  EXPECT_EQ(GoQuote(""), R"("")");
  EXPECT_EQ(GoQuote("a b"), R"("a b")");
  EXPECT_EQ(GoQuote("a\"\\"), R"("a\"\\")");
  EXPECT_EQ(GoQuote(absl::string_view("\a\b\t\n\v\f\r\0\x7f", 9)), R"("\a\b\t\n\v\f\r\x00\x7f")");
  EXPECT_EQ(GoQuote("\u00e9"), "\"\u00e9\"");
}

TEST(GoValuesTest, BooleansAreGos) {
  for (const absl::string_view word : {"1", "t", "T", "TRUE", "true", "True"}) {
    EXPECT_TRUE(ParseGoBool(word).value_or(false)) << word;
  }
  for (const absl::string_view word : {"0", "f", "F", "FALSE", "false", "False"}) {
    EXPECT_FALSE(ParseGoBool(word).value_or(true)) << word;
  }
  for (const absl::string_view word : {"", "yes", "tRUE", " true"}) {
    const absl::Status status = ParseGoBool(word).status();
    EXPECT_EQ(status.message(), absl::StrCat("strconv.ParseBool: parsing \"", word, "\": invalid syntax"));
    EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput);
  }
}

TEST(GoValuesTest, NumbersAreGos) {
  EXPECT_EQ(ParseGoInt("0").value_or(1), 0);
  EXPECT_EQ(ParseGoInt("-7").value_or(1), -7);
  EXPECT_EQ(ParseGoInt("+7").value_or(1), 7);
  EXPECT_EQ(ParseGoInt("00012").value_or(1), 12);
  EXPECT_EQ(ParseGoInt("9223372036854775807").value_or(1), INT64_MAX);
  EXPECT_EQ(ParseGoInt("-9223372036854775808").value_or(1), INT64_MIN);
  for (const absl::string_view text : {"9223372036854775808", "-9223372036854775809"}) {
    EXPECT_EQ(ParseGoInt(text).status().message(),
              absl::StrCat("strconv.ParseInt: parsing \"", text, "\": value out of range"));
  }
  for (const absl::string_view text : {"", "-", "1_0", "0x1", " 1", "1e3"}) {
    EXPECT_EQ(ParseGoInt(text).status().message(),
              absl::StrCat("strconv.ParseInt: parsing \"", text, "\": invalid syntax"));
  }
}

}  // namespace
}  // namespace waybill::exporter::request::values
