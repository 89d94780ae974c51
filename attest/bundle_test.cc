// SPDX-License-Identifier: Apache-2.0
// What is taken and what is refused is what Go's decoder does with in-toto-golang v0.11.0's Statement; the normalised
// predicate is from a recording of BuildKit.
#include "attest/bundle.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/context.h"
#include "oci/error.h"
#include "oci/io/stream.h"
#include "oci/json/json.h"

namespace waybill::attest {
namespace {

using Subjects = std::vector<StatementSubject>;

std::string MessageOf(absl::string_view file) {
  const absl::Status status = ParseStatement(file).status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput) << file;
  return std::string(status.message());
}

TEST(BundleTest, TakesTypeSubjectsAndPredicate) {
  const absl::StatusOr<BundledStatement> statement = ParseStatement(
      R"({"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://example.com/b",)"
      R"("subject":[{"name":"s1","digest":{"sha256":"aa","sha1":"bb"}},{"name":"","digest":{}}],"predicate":)"
      R"({"z":1.0,"a":1e21,"big":12345678901234567890,"f":0.000001,"g":1e-7,"s":"<>&"}})");
  ASSERT_TRUE(statement.ok()) << statement.status();
  EXPECT_EQ(statement->predicate_type, "https://example.com/b");
  EXPECT_EQ(statement->subjects, (Subjects{{"s1", {{"sha256", "aa"}, {"sha1", "bb"}}}, {"", {}}}));
  EXPECT_EQ(oci::json::Normalize(statement->predicate).value(),
            R"({"a":1e+21,"big":12345678901234567000,"f":0.000001,"g":1e-7,"s":"\u003c\u003e\u0026","z":1})");
}

TEST(PredicateReaderTest, ReadsTheNormalisedForm) {
  absl::StatusOr<std::unique_ptr<PredicateReader>> reader = PredicateReader::New(R"( {"b": [1.0, 2], "a":"<"} )");
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ(oci::io::ReadAll(oci::Context(), **reader, 100).value_or("error"), R"({"a":"\u003c","b":[1,2]})");
  std::string byte_by_byte;
  reader = PredicateReader::New("[true]");
  for (char c; (*reader)->Read(absl::MakeSpan(&c, 1)).value() == 1;) byte_by_byte.push_back(c);
  EXPECT_EQ(byte_by_byte, "[true]");
  EXPECT_EQ(PredicateReader::New("1e999").status().message(),
            "cannot decode in-toto statement: json: cannot unmarshal number 1e999 into Go value of type float64");
}

TEST(BundleTest, FieldsMayBeAbsentNullOrSpelledInAnotherCase) {
  for (absl::string_view file :
       {"{}", "null", "{\"subject\":null}\n", "{\"other\":1e999}", "{\"predicateType\":null}"}) {
    const absl::StatusOr<BundledStatement> statement = ParseStatement(file);
    ASSERT_TRUE(statement.ok()) << statement.status();
    EXPECT_EQ(statement->predicate_type, "");
    EXPECT_TRUE(statement->subjects.empty());
    EXPECT_EQ(statement->predicate, "null");
  }
  const absl::StatusOr<BundledStatement> other_case = ParseStatement(
      R"( {"PredicateType":"x","Subject":[{"Name":"n","DIGEST":{"sha256":"ab"}},null],"Predicate":{"b":1}} )");
  ASSERT_TRUE(other_case.ok()) << other_case.status();
  EXPECT_EQ(other_case->predicate_type, "x");
  EXPECT_EQ(other_case->subjects, (Subjects{{"n", {{"sha256", "ab"}}}, {"", {}}}));
  EXPECT_EQ(other_case->predicate, R"({"b":1})");
}

TEST(BundleTest, TheLastDuplicateWinsButNullChangesNoString) {
  const BundledStatement statement =
      ParseStatement(R"({"predicateType":"a","predicate":1,"predicate":{"z":1},"predicateType":null})").value();
  EXPECT_EQ(statement.predicate_type, "a");
  EXPECT_EQ(statement.predicate, R"({"z":1})");
}

TEST(BundleTest, RefusesWhatIsNoStatement) {
  EXPECT_EQ(MessageOf(""), "cannot decode in-toto statement: EOF");
  EXPECT_EQ(MessageOf(" \n"), "cannot decode in-toto statement: EOF");
  EXPECT_EQ(MessageOf("{"), "cannot decode in-toto statement: unexpected EOF");
  EXPECT_EQ(MessageOf("{\"a\":1"), "cannot decode in-toto statement: unexpected EOF");
  EXPECT_EQ(MessageOf("tru"), "cannot decode in-toto statement: unexpected EOF");
  EXPECT_EQ(MessageOf("not json"),
            "cannot decode in-toto statement: invalid character 'o' in literal null (expecting 'u')");
  EXPECT_EQ(MessageOf("{\"a\":tru}"),
            "cannot decode in-toto statement: invalid character '}' in literal true (expecting 'e')");
  EXPECT_EQ(MessageOf("\xef\xbb\xbf{}"),
            "cannot decode in-toto statement: invalid character '\xc3\xaf' looking for beginning of value");
  EXPECT_EQ(MessageOf("1"),
            "cannot decode in-toto statement: json: cannot unmarshal number into Go value of type "
            "map[string]json.RawMessage");
  EXPECT_EQ(MessageOf("[]"),
            "cannot decode in-toto statement: json: cannot unmarshal array into Go value of type "
            "map[string]json.RawMessage");
}

TEST(BundleTest, RefusesMoreThanOneValue) {
  for (absl::string_view file : {"{} {}", "{} x", "{\"a\":1}}", "{}{", "null,"}) {
    EXPECT_EQ(MessageOf(file), "in-toto statement is not a single JSON object") << file;
  }
}

TEST(BundleTest, RefusesFieldsOfAnotherType) {
  constexpr absl::string_view kNoString = "json: cannot unmarshal number into Go value of type string";
  EXPECT_EQ(MessageOf(R"({"predicateType":1})"),
            absl::StrCat("cannot decode in-toto statement: predicateType: ", kNoString));
  EXPECT_EQ(MessageOf(R"({"_type":1})"), absl::StrCat("cannot decode in-toto statement: _type: ", kNoString));
  EXPECT_EQ(MessageOf(R"({"subject":[{"name":1}]})"),
            absl::StrCat("cannot decode in-toto statement: subject: name: ", kNoString));
  EXPECT_EQ(MessageOf(R"({"subject":[{"digest":{"a":1}}]})"),
            absl::StrCat("cannot decode in-toto statement: subject: digest: ", kNoString));
  EXPECT_EQ(MessageOf(R"({"subject":{}})"),
            "cannot decode in-toto statement: subject: json: cannot unmarshal object into Go value of type "
            "[]json.RawMessage");
  EXPECT_EQ(MessageOf(R"({"subject":[1]})"),
            "cannot decode in-toto statement: subject: json: cannot unmarshal number into Go value of type "
            "map[string]json.RawMessage");
}

TEST(BundleTest, BoundsTheSubjects) {
  std::string file = "{\"subject\":[null";
  for (size_t i = 1; i < kMaxSubjects; ++i) file += ",null";
  EXPECT_EQ(ParseStatement(file + "]}").value().subjects.size(), kMaxSubjects);
  EXPECT_EQ(MessageOf(file + ",null]}"), "cannot decode in-toto statement: subject: more than 100000 subjects");
}

}  // namespace
}  // namespace waybill::attest
