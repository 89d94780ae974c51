// SPDX-License-Identifier: Apache-2.0
// The expected texts are answers of Go 1.26's encoding/json.
#include "oci/json/json.h"

#include <algorithm>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/json/normalize.h"

namespace waybill::oci::json {
namespace {

struct GoodCase {
  absl::string_view text;
  absl::string_view compact;     // Marshal(RawMessage)
  absl::string_view normalised;  // Unmarshal into any, Marshal
  absl::string_view indented;    // Indent of the compact form
};

// clang-format off
constexpr GoodCase kGood[] = {
    {"null", "null", "null", "null"},
    {" true ", "true", "true", "true"},
    {"0", "0", "0", "0"},
    {"-0", "-0", "-0", "-0"},
    {"1.0", "1.0", "1", "1.0"},
    {"1e2", "1e2", "100", "1e2"},
    {"1E+2", "1E+2", "100", "1E+2"},
    {"12345678901234567890", "12345678901234567890", "12345678901234567000", "12345678901234567890"},
    {"0.0000001", "0.0000001", "1e-7", "0.0000001"},
    {"1e21", "1e21", "1e+21", "1e21"},
    {"1e20", "1e20", "100000000000000000000", "1e20"},
    {"123456789e-15", "123456789e-15", "1.23456789e-7", "123456789e-15"},
    {"1e-6", "1e-6", "0.000001", "1e-6"},
    {"9.5e-7", "9.5e-7", "9.5e-7", "9.5e-7"},
    {"5e-324", "5e-324", "5e-324", "5e-324"},
    {"1e-400", "1e-400", "0", "1e-400"},
    {"1.7976931348623157e308", "1.7976931348623157e308", "1.7976931348623157e+308", "1.7976931348623157e308"},
    {"9007199254740993", "9007199254740993", "9007199254740992", "9007199254740993"},
    {"0.1", "0.1", "0.1", "0.1"},
    {"100", "100", "100", "100"},
    {"-1.50", "-1.50", "-1.5", "-1.50"},
    {"1e-10", "1e-10", "1e-10", "1e-10"},
    {"[]", "[]", "[]", "[]"},
    {"{}", "{}", "{}", "{}"},
    {"[ ]", "[]", "[]", "[]"},
    {"{ }", "{}", "{}", "{}"},
    {"[1, 2 ,3]", "[1,2,3]", "[1,2,3]", "[\n  1,\n  2,\n  3\n]"},
    {" { \"b\" : 1 , \"a\" : [ { } , [ ] ] } ", "{\"b\":1,\"a\":[{},[]]}", "{\"a\":[{},[]],\"b\":1}", "{\n  \"b\": 1,\n  \"a\": [\n    {},\n    []\n  ]\n}"},
    {"{\"z\":1,\"a\":2,\"z\":3}", "{\"z\":1,\"a\":2,\"z\":3}", "{\"a\":2,\"z\":3}", "{\n  \"z\": 1,\n  \"a\": 2,\n  \"z\": 3\n}"},
    {"{\"a\":{\"y\":1,\"x\":2},\"a\":{\"w\":3}}", "{\"a\":{\"y\":1,\"x\":2},\"a\":{\"w\":3}}", "{\"a\":{\"w\":3}}", "{\n  \"a\": {\n    \"y\": 1,\n    \"x\": 2\n  },\n  \"a\": {\n    \"w\": 3\n  }\n}"},
    {"{\"\\u0061\":1,\"a\":2}", "{\"\\u0061\":1,\"a\":2}", "{\"a\":2}", "{\n  \"\\u0061\": 1,\n  \"a\": 2\n}"},
    {"\"<>&\"", "\"\\u003c\\u003e\\u0026\"", "\"\\u003c\\u003e\\u0026\"", "\"\\u003c\\u003e\\u0026\""},
    {"\"\\u003c\\/\\u0041\"", "\"\\u003c\\/\\u0041\"", "\"\\u003c/A\"", "\"\\u003c\\/\\u0041\""},
    {"\"\342\200\250\342\200\251\"", "\"\\u2028\\u2029\"", "\"\\u2028\\u2029\"", "\"\\u2028\\u2029\""},
    {"\"\342\200\252\342\342\200\250\342\200\"", "\"\342\200\252\342\\u2028\342\200\"", "\"\342\200\252\357\277\275\\u2028\357\277\275\357\277\275\"", "\"\342\200\252\342\\u2028\342\200\""},
    {"\"\\u2028\"", "\"\\u2028\"", "\"\\u2028\"", "\"\\u2028\""},
    {"\"\377\376 a\300\200\"", "\"\377\376 a\300\200\"", "\"\357\277\275\357\277\275 a\357\277\275\357\277\275\"", "\"\377\376 a\300\200\""},
    {"\"\\ud800\"", "\"\\ud800\"", "\"\357\277\275\"", "\"\\ud800\""},
    {"\"\\ud83d\\ude00\"", "\"\\ud83d\\ude00\"", "\"\360\237\230\200\"", "\"\\ud83d\\ude00\""},
    {"\"\\ud83d\\ud83d\\ude00\"", "\"\\ud83d\\ud83d\\ude00\"", "\"\357\277\275\360\237\230\200\"", "\"\\ud83d\\ud83d\\ude00\""},
    {"\"\\ud83dx\"", "\"\\ud83dx\"", "\"\357\277\275x\"", "\"\\ud83dx\""},
    {"\"\\ude00\\ud83d\"", "\"\\ude00\\ud83d\"", "\"\357\277\275\357\277\275\"", "\"\\ude00\\ud83d\""},
    {"\"\355\240\200\"", "\"\355\240\200\"", "\"\357\277\275\357\277\275\357\277\275\"", "\"\355\240\200\""},
    {"\"\364\220\200\200\"", "\"\364\220\200\200\"", "\"\357\277\275\357\277\275\357\277\275\357\277\275\"", "\"\364\220\200\200\""},
    {"\"\360\237\230\200\"", "\"\360\237\230\200\"", "\"\360\237\230\200\"", "\"\360\237\230\200\""},
    {"\"\\b\\f\\n\\r\\t\\\"\\\\\\/\\u0000\\u001f\\u007f\"", "\"\\b\\f\\n\\r\\t\\\"\\\\\\/\\u0000\\u001f\\u007f\"", "\"\\b\\f\\n\\r\\t\\\"\\\\/\\u0000\\u001f\177\"", "\"\\b\\f\\n\\r\\t\\\"\\\\\\/\\u0000\\u001f\\u007f\""},
    {"{\"\\n<\":\"\177\"}", "{\"\\n\\u003c\":\"\177\"}", "{\"\\n\\u003c\":\"\177\"}", "{\n  \"\\n\\u003c\": \"\177\"\n}"},
    {"[[[[1]]],{\"a\":{\"b\":{\"c\":null}}},\"x\",false]", "[[[[1]]],{\"a\":{\"b\":{\"c\":null}}},\"x\",false]", "[[[[1]]],{\"a\":{\"b\":{\"c\":null}}},\"x\",false]", "[\n  [\n    [\n      [\n        1\n      ]\n    ]\n  ],\n  {\n    \"a\": {\n      \"b\": {\n        \"c\": null\n      }\n    }\n  },\n  \"x\",\n  false\n]"},
    {"{\"b\":\"\357\277\275\",\"\303\251\":1,\"Z\":0,\"\":2}", "{\"b\":\"\357\277\275\",\"\303\251\":1,\"Z\":0,\"\":2}", "{\"\":2,\"Z\":0,\"b\":\"\357\277\275\",\"\303\251\":1}", "{\n  \"b\": \"\357\277\275\",\n  \"\303\251\": 1,\n  \"Z\": 0,\n  \"\": 2\n}"},
    {"\"\342\200\"", "\"\342\200\"", "\"\357\277\275\357\277\275\"", "\"\342\200\""},
    {"{\"a\":1, \"b\":{\"d\":[1,{\"f\":1,\"e\":2}],\"c\":3} ,\"a\":[9]}", "{\"a\":1,\"b\":{\"d\":[1,{\"f\":1,\"e\":2}],\"c\":3},\"a\":[9]}", "{\"a\":[9],\"b\":{\"c\":3,\"d\":[1,{\"e\":2,\"f\":1}]}}", "{\n  \"a\": 1,\n  \"b\": {\n    \"d\": [\n      1,\n      {\n        \"f\": 1,\n        \"e\": 2\n      }\n    ],\n    \"c\": 3\n  },\n  \"a\": [\n    9\n  ]\n}"},
    {"{\"k\377\":1,\"k\376\":2}", "{\"k\377\":1,\"k\376\":2}", "{\"k\357\277\275\":2}", "{\n  \"k\377\": 1,\n  \"k\376\": 2\n}"},
};

struct NumberCase {
  double value;
  absl::string_view text;
};
constexpr NumberCase kNumbers[] = {
    {0, "0"},
    {-0.0, "-0"},
    {1, "1"},
    {-1, "-1"},
    {0.1, "0.1"},
    {1e-06, "0.000001"},
    {9.99e-07, "9.99e-7"},
    {1e-07, "1e-7"},
    {1.5e-07, "1.5e-7"},
    {1e-10, "1e-10"},
    {5e-324, "5e-324"},
    {1e+20, "100000000000000000000"},
    {1e+21, "1e+21"},
    {1.2345678901234569e+23, "1.2345678901234569e+23"},
    {1.2345678901234567e+19, "12345678901234567000"},
    {1.7976931348623157e+308, "1.7976931348623157e+308"},
    {0.3333333333333333, "0.3333333333333333"},
    {100, "100"},
    {123.456, "123.456"},
    {2.5e-300, "2.5e-300"},
    {4.503599627370498e+15, "4503599627370498"},
};

struct StringCase {
  absl::string_view value;
  absl::string_view text;
};
constexpr StringCase kStrings[] = {
    {"", "\"\""},
    {"abc", "\"abc\""},
    {"<>&\"\\/'", "\"\\u003c\\u003e\\u0026\\\"\\\\/'\""},
    {absl::string_view("\010\014\n\015\t\000\037\177", 8), "\"\\b\\f\\n\\r\\t\\u0000\\u001f\177\""},
    {"\303\251\342\200\250\342\200\251\357\277\275\360\237\230\200", "\"\303\251\\u2028\\u2029\357\277\275\360\237\230\200\""},
    {"\377\303", "\"\\ufffd\\ufffd\""},
    {"\342\200", "\"\\ufffd\\ufffd\""},
};
// clang-format on

std::string Repeat(absl::string_view text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) absl::StrAppend(&out, text);
  return out;
}

template <typename T>
std::string MessageOf(const absl::StatusOr<T>& result) {
  EXPECT_EQ(ReasonOf(result.status()), Reason::kInvalidInput);
  return std::string(result.status().message());
}

TEST(JsonTest, Compacts) {
  for (const GoodCase& good : kGood) EXPECT_EQ(Compact(good.text).value_or("error"), good.compact) << good.text;
}

TEST(JsonTest, Indents) {
  for (const GoodCase& good : kGood) EXPECT_EQ(Indent(good.compact), good.indented) << good.text;
}

TEST(JsonTest, Normalises) {
  for (const GoodCase& good : kGood) EXPECT_EQ(Normalize(good.text).value_or("error"), good.normalised) << good.text;
}

TEST(JsonTest, NormaliseRefusesNumbersBeyondFloat64) {
  EXPECT_EQ(MessageOf(Normalize("[1e999]")), "json: cannot unmarshal number 1e999 into Go value of type float64");
  EXPECT_EQ(MessageOf(Normalize(R"({"a":1e999,"a":1})")),
            "json: cannot unmarshal number 1e999 into Go value of type float64");
  EXPECT_FALSE(Normalize(absl::StrCat("-1", Repeat("0", 400))).ok());
  EXPECT_EQ(MessageOf(Normalize("[1,]")), "invalid character ']' looking for beginning of value");
}

TEST(JsonTest, NormalisesDeepAndLongText) {
  const std::string deep = Repeat("{\"a\":[", kMaxDepth / 2) + Repeat("]}", kMaxDepth / 2);
  EXPECT_EQ(Normalize(deep).value_or("error"), deep);
  EXPECT_EQ(Compact(deep).value_or("error"), deep);
  const std::string wide = absl::StrCat("[", Repeat("{\"b\":1,\"a\":\"x\"},", 20000), "0]");
  const std::string sorted = absl::StrCat("[", Repeat("{\"a\":\"x\",\"b\":1},", 20000), "0]");
  EXPECT_EQ(Normalize(wide).value_or("error"), sorted);
}

TEST(JsonTest, NormalisesInPieces) {
  const std::string wide = absl::StrCat("[", Repeat("\"0123456789\",", 100000), "0]");
  absl::StatusOr<Normalizer> normalizer = Normalizer::Make(wide);
  ASSERT_TRUE(normalizer.ok()) << normalizer.status();
  std::string out;
  size_t largest = 0;
  for (std::string piece; normalizer->Next(piece); piece.clear()) {
    largest = std::max(largest, piece.size());
    out += piece;
  }
  EXPECT_EQ(out, wide);
  EXPECT_LT(largest, size_t{66000});
  EXPECT_FALSE(normalizer->Next(out));
  EXPECT_EQ(MessageOf(Normalizer::Make("[1,]")), "invalid character ']' looking for beginning of value");
}

TEST(JsonTest, FormatsNumbers) {
  for (const NumberCase& number : kNumbers) EXPECT_EQ(FormatNumber(number.value), number.text);
  EXPECT_EQ(FormatNumber(std::numeric_limits<double>::infinity()), "null");
}

TEST(JsonTest, QuotesStrings) {
  for (const StringCase& string : kStrings) EXPECT_EQ(Quote(string.value), string.text);
}

TEST(JsonTest, WritesDocuments) {
  Writer writer;
  writer.BeginObject()
      .Key("z")
      .Int(-1)
      .Key("a<")
      .BeginArray()
      .String("x\n")
      .Bool(true)
      .Null()
      .BeginObject()
      .EndObject();
  writer.BeginArray().EndArray().EndArray().Key("raw").Raw(R"({"k":[1.0]})").EndObject();
  EXPECT_EQ(writer.Take(), R"({"z":-1,"a\u003c":["x\n",true,null,{},[]],"raw":{"k":[1.0]}})");
  EXPECT_EQ(writer.Bool(false).Take(), "false");
}

TEST(JsonDeathTest, WriterRefusesWhatDoesNotFit) {
  EXPECT_DEATH(Writer().BeginObject().Int(1), "a value without a key");
  EXPECT_DEATH(Writer().BeginArray().Key("k"), "a key outside of an object");
  EXPECT_DEATH(Writer().BeginObject().Key("k").EndObject(), "an end that does not fit");
  EXPECT_DEATH(Writer().BeginArray().EndObject(), "an end that does not fit");
  EXPECT_DEATH(Writer().Int(1).Int(2), "more than one value");
  EXPECT_DEATH(Writer().BeginArray().Take(), "an open container");
}

TEST(JsonTest, TellsKinds) {
  EXPECT_EQ(KindOf(" {}"), Kind::kObject);
  EXPECT_EQ(KindOf("\n[]"), Kind::kArray);
  EXPECT_EQ(KindOf("\"\""), Kind::kString);
  EXPECT_EQ(KindOf("-1"), Kind::kNumber);
  EXPECT_EQ(KindOf("true"), Kind::kTrue);
  EXPECT_EQ(KindOf("false"), Kind::kFalse);
  EXPECT_EQ(KindOf("null"), Kind::kNull);
}

TEST(JsonTest, TakesObjectsApart) {
  const absl::StatusOr<std::vector<Member>> members =
      Members(R"( { "a" : 1.50 , "\u0062" :{"x":"}"} , "a":"],\"" , "d" : [ 1 , [2] ] } )");
  ASSERT_TRUE(members.ok()) << members.status();
  ASSERT_EQ(members->size(), 4u);
  EXPECT_EQ((*members)[0].key, "a");
  EXPECT_EQ((*members)[0].value, "1.50");
  EXPECT_EQ((*members)[1].key, "b");
  EXPECT_EQ((*members)[1].value, R"({"x":"}"})");
  EXPECT_EQ((*members)[2].value, R"("],\"")");
  EXPECT_EQ((*members)[3].value, "[ 1 , [2] ]");
  EXPECT_TRUE(Members("{ }")->empty());
  EXPECT_TRUE(Members("null")->empty());
  EXPECT_TRUE(Members("")->empty());
  EXPECT_EQ(MessageOf(Members("[]")), "json: cannot unmarshal array into Go value of type map[string]json.RawMessage");
  EXPECT_EQ(MessageOf(Members("{")), "unexpected end of JSON input");
}

TEST(JsonTest, TakesArraysApart) {
  const absl::StatusOr<std::vector<absl::string_view>> elements = Elements(" [ 1 ,{\"a\":[2,3]}, [ ] ,\"],\" ] ");
  ASSERT_TRUE(elements.ok()) << elements.status();
  EXPECT_EQ(*elements, (std::vector<absl::string_view>{"1", "{\"a\":[2,3]}", "[ ]", "\"],\""}));
  EXPECT_TRUE(Elements("[ ]")->empty());
  EXPECT_TRUE(Elements("null")->empty());
  EXPECT_EQ(MessageOf(Elements("{}")), "json: cannot unmarshal object into Go value of type []json.RawMessage");
  EXPECT_EQ(MessageOf(Elements("[1 2]")), "invalid character '2' after array element");
}

TEST(JsonTest, VisitsEndAtTheFirstError) {
  int visited = 0;
  const auto refuse = [&visited](const auto&) {
    ++visited;
    return StorageError("no more");
  };
  EXPECT_EQ(VisitMembers(R"({"a":1,"b":2})", refuse).message(), "no more");
  EXPECT_EQ(VisitElements("[1,2]", refuse).message(), "no more");
  EXPECT_EQ(visited, 2);
  EXPECT_EQ(VisitElements("{}", refuse).message(),
            "json: cannot unmarshal object into Go value of type []json.RawMessage");
  EXPECT_TRUE(VisitMembers("null", refuse).ok());
}

TEST(JsonTest, VisitsSurviveWhatWasNotValidated) {
  const auto accept = [](const auto&) { return absl::OkStatus(); };
  for (absl::string_view text : {"{\"a", "{\"a\"", "{\"a\":", "{\"a\\", "{x", "{,", "{]", "{\"a\":}"}) {
    EXPECT_EQ(ReasonOf(VisitMembers(text, accept)), Reason::kInternal) << text;
  }
  for (absl::string_view text : {"[}", "[,", "[1,,2]"}) {
    EXPECT_EQ(ReasonOf(VisitElements(text, accept)), Reason::kInternal) << text;
  }
}

TEST(JsonTest, DecodesStrings) {
  for (const StringCase& string : kStrings) {
    if (string.text.find("ufffd") != string.text.npos) continue;  // invalid bytes come back as U+FFFD
    EXPECT_EQ(DecodeString(string.text).value_or("?"), string.value);
  }
  EXPECT_EQ(DecodeString(R"( "\ud83d\ude00\ud800x" )").value_or("?"), "\xf0\x9f\x98\x80\xef\xbf\xbdx");
  EXPECT_EQ(DecodeString("\"\xff\"").value_or("?"), "\xef\xbf\xbd");
  EXPECT_EQ(DecodeString("null").value_or("?"), "");
  EXPECT_EQ(DecodeString("").value_or("?"), "");
  EXPECT_EQ(MessageOf(DecodeString("1")), "json: cannot unmarshal number into Go value of type string");
  EXPECT_EQ(MessageOf(DecodeString("false")), "json: cannot unmarshal bool into Go value of type string");
}

TEST(JsonTest, DecodesIntegers) {
  EXPECT_EQ(DecodeInt(" -9223372036854775808 ").value_or(1), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(DecodeInt("null").value_or(1), 0);
  EXPECT_EQ(MessageOf(DecodeInt("1.0")), "json: cannot unmarshal number 1.0 into Go value of type int64");
  EXPECT_EQ(MessageOf(DecodeInt("1e2")), "json: cannot unmarshal number 1e2 into Go value of type int64");
  EXPECT_EQ(MessageOf(DecodeInt("9223372036854775808")),
            "json: cannot unmarshal number 9223372036854775808 into Go value of type int64");
  EXPECT_EQ(MessageOf(DecodeInt("\"1\"")), "json: cannot unmarshal string into Go value of type int64");
  EXPECT_EQ(MessageOf(DecodeInt("[]")), "json: cannot unmarshal array into Go value of type int64");
}

TEST(JsonTest, DecodesBooleans) {
  EXPECT_TRUE(DecodeBool(" true ").value_or(false));
  EXPECT_FALSE(DecodeBool("false").value_or(true));
  EXPECT_FALSE(DecodeBool("null").value_or(true));
  EXPECT_EQ(MessageOf(DecodeBool("1")), "json: cannot unmarshal number into Go value of type bool");
  EXPECT_EQ(MessageOf(DecodeBool("true false")), "invalid character 'f' after top-level value");
}

TEST(JsonTest, DecodesStringMaps) {
  using Map = std::map<std::string, std::string>;
  EXPECT_EQ(DecodeStringMap(R"({"b":"1","a":null,"b":"2"})").value_or(Map()), (Map{{"a", ""}, {"b", "2"}}));
  EXPECT_EQ(DecodeStringMap("null").value_or(Map{{"x", "y"}}), Map());
  EXPECT_EQ(MessageOf(DecodeStringMap(R"({"a":1})")), "json: cannot unmarshal number into Go value of type string");
}

TEST(FieldsTest, FindsNamesAsGoDoes) {
  const auto find = [](absl::string_view text, absl::string_view name) {
    return std::string(Fields::Parse(text).value().Find(name));
  };
  EXPECT_EQ(find(R"({"OS":"x"})", "os"), "\"x\"");
  EXPECT_EQ(find(R"({"os":"y","OS":"x"})", "os"), "\"x\"");
  EXPECT_EQ(find(R"({"OS":"y","os":"x"})", "os"), "\"x\"");
  EXPECT_EQ(find("{\"o\xc5\xbf\":\"x\"}", "os"), "\"x\"");
  EXPECT_EQ(find("{\"\xe2\x84\xaaind\":1}", "kind"), "1");
  EXPECT_EQ(find(R"({"os":null})", "os"), "");
  EXPECT_EQ(find(R"({"o":1})", "os"), "");
  EXPECT_EQ(find("null", "os"), "");
  EXPECT_EQ(MessageOf(Fields::Parse("[]")),
            "json: cannot unmarshal array into Go value of type map[string]json.RawMessage");
}

}  // namespace
}  // namespace waybill::oci::json
