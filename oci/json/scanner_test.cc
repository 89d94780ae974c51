// SPDX-License-Identifier: Apache-2.0
// The expected texts are answers of Go 1.26's encoding/json (json.Compact, json.Valid).
#include "oci/json/scanner.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/json/json.h"

namespace waybill::oci::json {
namespace {

struct BadCase {
  absl::string_view text;
  absl::string_view message;
};

// clang-format off
constexpr BadCase kBad[] = {
    {"", "unexpected end of JSON input"},
    {" \n", "unexpected end of JSON input"},
    {"{", "unexpected end of JSON input"},
    {"[", "unexpected end of JSON input"},
    {"\"abc", "unexpected end of JSON input"},
    {"tru", "invalid character ' ' in literal true (expecting 'e')"},
    {"-", "invalid character ' ' in numeric literal"},
    {"1.", "invalid character ' ' after decimal point in numeric literal"},
    {"1e", "invalid character ' ' in exponent of numeric literal"},
    {"{\"a\"", "unexpected end of JSON input"},
    {"{\"a\":", "unexpected end of JSON input"},
    {"{\"a\":1", "unexpected end of JSON input"},
    {"{\"a\":1,", "unexpected end of JSON input"},
    {"[1", "unexpected end of JSON input"},
    {"[1,", "unexpected end of JSON input"},
    {"\"\\", "invalid character ' ' in string escape code"},
    {"\"\\u12", "invalid character ' ' in \\u hexadecimal character escape"},
    {"x", "invalid character 'x' looking for beginning of value"},
    {"'a'", "invalid character '\\'' looking for beginning of value"},
    {"{'a':1}", "invalid character '\\'' looking for beginning of object key string"},
    {"{\"a\" 1}", "invalid character '1' after object key"},
    {"{\"a\":1 \"b\"}", "invalid character '\"' after object key:value pair"},
    {"{\"a\":1,}", "invalid character '}' looking for beginning of object key string"},
    {"[1 2]", "invalid character '2' after array element"},
    {"[1,]", "invalid character ']' looking for beginning of value"},
    {"[,1]", "invalid character ',' looking for beginning of value"},
    {"1 2", "invalid character '2' after top-level value"},
    {"nul1", "invalid character '1' in literal null (expecting 'l')"},
    {"trux", "invalid character 'x' in literal true (expecting 'e')"},
    {"fals}", "invalid character '}' in literal false (expecting 'e')"},
    {"01", "invalid character '1' after top-level value"},
    {"-x", "invalid character 'x' in numeric literal"},
    {"1.x", "invalid character 'x' after decimal point in numeric literal"},
    {"1ex", "invalid character 'x' in exponent of numeric literal"},
    {"1e+x", "invalid character 'x' in exponent of numeric literal"},
    {"+1", "invalid character '+' looking for beginning of value"},
    {".5", "invalid character '.' looking for beginning of value"},
    {"\"\\x\"", "invalid character 'x' in string escape code"},
    {"\"\\u12g4\"", "invalid character 'g' in \\u hexadecimal character escape"},
    {"\"a\nb\"", "invalid character '\\n' in string literal"},
    {"\"a\001b\"", "invalid character '\\x01' in string literal"},
    {"\\", "invalid character '\\\\' looking for beginning of value"},
    {"\007", "invalid character '\\a' looking for beginning of value"},
    {"\177", "invalid character '\\x7f' looking for beginning of value"},
    {"\351", "invalid character '\303\251' looking for beginning of value"},
    {"\200", "invalid character '\\u0080' looking for beginning of value"},
    {"\240", "invalid character '\\u00a0' looking for beginning of value"},
    {"\255", "invalid character '\\u00ad' looking for beginning of value"},
    {"\357\273\277{}", "invalid character '\303\257' looking for beginning of value"},
    {"{}x", "invalid character 'x' after top-level value"},
    {"{} {}", "invalid character '{' after top-level value"},
    {"[1}", "invalid character '}' after array element"},
    {"{\"a\":1]", "invalid character ']' after object key:value pair"},
    {"{1:2}", "invalid character '1' looking for beginning of object key string"},
    {"NaN", "invalid character 'N' looking for beginning of value"},
    {"\013", "invalid character '\\v' looking for beginning of value"},
    {absl::string_view("\000", 1), "invalid character '\\x00' looking for beginning of value"},
    {"\"\\'\"", "invalid character '\\'' in string escape code"},
    {"[\"\\\"\"]\"", "invalid character '\"' after top-level value"},
};
// clang-format on

std::string Repeat(absl::string_view text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) absl::StrAppend(&out, text);
  return out;
}

// Everything in chunks of `size` bytes.
absl::StatusOr<std::string> CompactInChunks(absl::string_view text, size_t size) {
  Compactor compactor;
  std::string out;
  for (size_t i = 0; i < text.size(); i += size) {
    const absl::Status status = compactor.Feed(text.substr(i, size), out);
    if (!status.ok()) return status;
  }
  const absl::Status status = compactor.Finish(out);
  if (!status.ok()) return status;
  return out;
}

TEST(ScannerTest, RefusesWithGoWording) {
  for (const BadCase& bad : kBad) {
    const absl::Status status = Validate(bad.text);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << bad.text;
    EXPECT_EQ(status.message(), bad.message) << bad.text;
    EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput) << bad.text;
  }
}

TEST(ScannerTest, StaysInError) {
  Scanner scanner;
  EXPECT_EQ(scanner.Feed('x'), Scanner::ByteClass::kError);
  EXPECT_EQ(scanner.Feed('1'), Scanner::ByteClass::kError);
  EXPECT_EQ(scanner.Finish().message(), "invalid character 'x' looking for beginning of value");
}

TEST(ScannerTest, SaysWhereTheFirstValueEnds) {
  for (absl::string_view text : {"{\"a\":[1]}", "[]", "\"x\"", "true"}) {
    Scanner scanner;
    for (char c : text) {
      EXPECT_FALSE(scanner.at_end()) << text;
      EXPECT_EQ(scanner.Feed(c), Scanner::ByteClass::kToken) << text;
    }
    EXPECT_TRUE(scanner.at_end()) << text;
    EXPECT_TRUE(scanner.Finish().ok()) << text;
  }
  Scanner number;
  number.Feed('7');
  EXPECT_FALSE(number.at_end());
  EXPECT_EQ(number.Feed(' '), Scanner::ByteClass::kSpace);
  EXPECT_TRUE(number.at_end());
}

TEST(ScannerTest, LimitsNestingAsGoDoes) {
  EXPECT_TRUE(Validate(Repeat("[", kMaxDepth) + Repeat("]", kMaxDepth)).ok());
  EXPECT_EQ(Validate(Repeat("[", kMaxDepth + 1)).message(), "invalid character '[' exceeded max depth");
  EXPECT_EQ(Validate(Repeat("{\"a\":", kMaxDepth + 1)).message(), "invalid character '{' exceeded max depth");
}

TEST(CompactorTest, ChunkBordersDoNotMatter) {
  constexpr absl::string_view kText =
      " { \"a<\u2028\xe2\x80\xa8\xe2\x80\xaa\xe2\xe2\x80\xa9\" : [ 1.50 , -2e+3 , true , null , \"\\\"x\\u0041\" , { } "
      "] , "
      "\"b\xe2\x80\":\"&\xe2\" }\n";
  constexpr absl::string_view kCompact =
      "{\"a\\u003c\\u2028\\u2028\xe2\x80\xaa\xe2\\u2029\":[1.50,-2e+3,true,null,\"\\\"x\\u0041\",{}],"
      "\"b\xe2\x80\":\"\\u0026\xe2\"}";
  for (size_t size = 1; size <= kText.size(); ++size) {
    const absl::StatusOr<std::string> compact = CompactInChunks(kText, size);
    ASSERT_TRUE(compact.ok()) << size << compact.status();
    EXPECT_EQ(*compact, kCompact) << size;
  }
}

TEST(CompactorTest, ChunkBordersDoNotChangeErrors) {
  for (const BadCase& bad : kBad) {
    for (size_t size = 1; size <= 3; ++size) EXPECT_EQ(CompactInChunks(bad.text, size).status().message(), bad.message);
  }
}

}  // namespace
}  // namespace waybill::oci::json
