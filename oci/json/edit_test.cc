// SPDX-License-Identifier: Apache-2.0
#include "oci/json/edit.h"

#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::oci::json {
namespace {

TEST(EditTest, ReplacesTheValueOnly) {
  EXPECT_EQ(*WithMember("\n{ \"a\" :\t1 ,\"b\":[ 2 ]}\r\n", "a", "\"x\"", {}, 1),
            "\n{ \"a\" :\t\"x\" ,\"b\":[ 2 ]}\r\n");
  EXPECT_EQ(*WithMember(R"({"A":1})", "a", "2", {}, 1), R"({"A":2})");
}

TEST(EditTest, AddsAMemberAsTheOneBefore) {
  EXPECT_EQ(*WithMember(R"({"a":1,"b":2})", "c", "3", {"x", "a"}, 1), R"({"a":1,"c":3,"b":2})");
  EXPECT_EQ(*WithMember(R"({"a": 1, "b": 2})", "c", R"({"d":[3]})", {}, 1), R"({"a": 1, "b": 2, "c": {"d":[3]}})");
  EXPECT_EQ(*WithMember("{\n  \"a\": 1\n}\n", "c", R"({"d":[3],"e":{}})", {}, 1),
            "{\n  \"a\": 1,\n  \"c\": {\n    \"d\": [\n      3\n    ],\n    \"e\": {}\n  }\n}\n");
  EXPECT_EQ(*WithMember("{\r\n\t\t\"a\":1}", "c", R"({"d":3})", {}, 2),
            "{\r\n\t\t\"a\":1,\r\n\t\t\"c\":{\r\n\t\t\t\"d\": 3\r\n\t\t}}");
  EXPECT_EQ(*WithMember("{ }", "c", "3", {}, 1), R"({"c":3 })");
}

TEST(EditTest, TakesAMemberOut) {
  EXPECT_EQ(*WithoutMember(R"({"a":1 , "b":2 })", "b"), R"({"a":1 })");
  EXPECT_EQ(*WithoutMember(R"({ "a":1 , "b":2 })", "a"), R"({ "b":2 })");
  EXPECT_EQ(*WithoutMember(R"({ "a":1 })", "a"), R"({  })");
  EXPECT_EQ(*WithoutMember(R"({ "a":1 })", "b"), R"({ "a":1 })");
}

TEST(EditTest, AddsAnElement) {
  EXPECT_EQ(*WithElement("[1 , 2 ]", "3", 2), "[1 , 2, 3 ]");
  EXPECT_EQ(*WithElement("[]", "3", 2), "[3]");
  EXPECT_EQ(*WithElement("[\n    {\n      \"a\": 1\n    }\n  ]", R"({"b":2})", 2),
            "[\n    {\n      \"a\": 1\n    },\n    {\n      \"b\": 2\n    }\n  ]");
}

TEST(EditTest, RefusesWhatReadersDisagreeAbout) {
  EXPECT_EQ(ReasonOf(WithMember(R"({"a":1,"A":2})", "a", "3", {}, 1).status()), Reason::kInvalidInput);
  EXPECT_EQ(WithoutMember(R"({"a":1,"a":2})", "a").status().message(), "the field a is there twice");
  EXPECT_EQ(WithMember("[1]", "a", "3", {}, 1).status().message(), "JSON that is no object");
  EXPECT_EQ(WithElement("{}", "3", 1).status().message(), "JSON that is no array");
}

TEST(EditTest, Splices) {
  const absl::string_view text = "one two three";
  EXPECT_EQ(Spliced(text, {{text.substr(0, 3), "1"}, {text.substr(8), "3"}}), "1 two 3");
  EXPECT_EQ(Spliced(text, {}), text);
}

}  // namespace
}  // namespace waybill::oci::json
