// SPDX-License-Identifier: Apache-2.0
// The cases are those of W3C's own suite (github.com/w3c/trace-context, test/test.py), by its names.
#include "oci/trace/trace_context.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace waybill::oci::trace {
namespace {

constexpr char kTrace[] = "12345678901234567890123456789012";
constexpr char kSpan[] = "1234567890123456";

std::string Parent(absl::string_view version, absl::string_view flags, absl::string_view rest = "") {
  return absl::StrCat(version, "-", kTrace, "-", kSpan, "-", flags, rest);
}

// What goes on to the next process; "" for a trace that is not taken up.
std::string Onwards(absl::string_view traceparent) {
  const SpanContext context = ParseTraceContext(traceparent, "");
  return context.valid() ? FormatTraceparent(context) : "";
}

TEST(TraceContextTest, IsTakenUpAndPassedOn) {
  EXPECT_EQ(Onwards(Parent("00", "01")), Parent("00", "01"));
  EXPECT_EQ(Onwards(Parent("00", "00")), Parent("00", "00"));
}

TEST(TraceContextTest, ReadsEachDigit) {
  const SpanContext context = ParseTraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "");
  EXPECT_THAT(context.trace, testing::ElementsAre(0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb,
                                                  0x21, 0x1c, 0x80, 0x31, 0x9c));
  EXPECT_THAT(context.span, testing::ElementsAre(0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31));
  EXPECT_TRUE(context.sampled);
}

TEST(TraceContextTest, TraceparentVersion0x00) {
  EXPECT_EQ(Onwards(Parent("00", "01", ".")), "");
  EXPECT_EQ(Onwards(Parent("00", "01", "-what-the-future-will-be-like")), "");
}

TEST(TraceContextTest, TraceparentVersion0xcc) {
  EXPECT_EQ(Onwards(Parent("cc", "01")), Parent("00", "01"));
  EXPECT_EQ(Onwards(Parent("cc", "01", "-what-the-future-will-be-like")), Parent("00", "01"));
  EXPECT_EQ(Onwards(Parent("cc", "01", ".what-the-future-will-not-be-like")), "");
}

TEST(TraceContextTest, TraceparentVersion0xff) { EXPECT_EQ(Onwards(Parent("ff", "01")), ""); }

TEST(TraceContextTest, TraceparentVersionIllegalCharacters) {
  for (const char* const version : {".0", "0.", "0A", "A0"}) EXPECT_EQ(Onwards(Parent(version, "01")), "") << version;
}

TEST(TraceContextTest, TraceparentVersionTooLongOrShort) {
  EXPECT_EQ(Onwards(Parent("000", "01")), "");
  EXPECT_EQ(Onwards(Parent("0000", "01")), "");
  EXPECT_EQ(Onwards(Parent("0", "01")), "");
}

TEST(TraceContextTest, TraceparentTraceId) {
  for (const char* const trace :
       {"00000000000000000000000000000000", ".2345678901234567890123456789012", "1234567890123456789012345678901.",
        "123456789012345678901234567890123", "1234567890123456789012345678901", "1234567890123456789012345678901A"}) {
    EXPECT_EQ(Onwards(absl::StrCat("00-", trace, "-", kSpan, "-01")), "") << trace;
  }
}

TEST(TraceContextTest, TraceparentParentId) {
  for (const char* const span : {"0000000000000000", ".234567890123456", "123456789012345.", "12345678901234567",
                                 "123456789012345", "123456789012345A"}) {
    EXPECT_EQ(Onwards(absl::StrCat("00-", kTrace, "-", span, "-01")), "") << span;
  }
}

TEST(TraceContextTest, TraceparentTraceFlags) {
  for (const char* const flags : {".0", "0.", "001", "1", "0A", ""})
    EXPECT_EQ(Onwards(Parent("00", flags)), "") << flags;
  // Bits that version 00 does not know are not passed on (section 3.2.2.5).
  EXPECT_EQ(Onwards(Parent("00", "ff")), Parent("00", "01"));
  EXPECT_EQ(Onwards(Parent("00", "fe")), Parent("00", "00"));
}

TEST(TraceContextTest, TraceparentWithSpaces) {
  EXPECT_EQ(Onwards(absl::StrCat(" ", Parent("00", "01"))), "");
  EXPECT_EQ(Onwards(Parent("00", "01", " ")), "");
  EXPECT_EQ(Onwards(""), "");
}

TEST(TraceContextTest, KeepsTheStateAsItIs) {
  const SpanContext context = ParseTraceContext(Parent("00", "01"), "foo=1 \t , \t bar=2, \t baz=3");
  ASSERT_NE(context.state, nullptr);
  EXPECT_EQ(*context.state, "foo=1 \t , \t bar=2, \t baz=3");
}

TEST(TraceContextTest, DropsAStateThatCannotBePassedOn) {
  for (const std::string& state :
       {std::string(), std::string(513, 'a'), std::string("foo=\n"), std::string("foo=\xc3\xa9")}) {
    const SpanContext context = ParseTraceContext(Parent("00", "01"), state);
    EXPECT_TRUE(context.valid());
    EXPECT_EQ(context.state, nullptr) << state;
  }
  EXPECT_NE(ParseTraceContext(Parent("00", "01"), std::string(512, 'a')).state, nullptr);
  EXPECT_EQ(ParseTraceContext("00", "foo=1").state, nullptr);
}

}  // namespace
}  // namespace waybill::oci::trace
