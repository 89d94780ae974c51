// SPDX-License-Identifier: Apache-2.0
// Outcomes are those of containerd v2.4.2 (pkg/filters), which was asked for the same.
#include "exporter/service/content/filter.h"

#include <map>
#include <string>

#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::exporter::service::content {
namespace {

std::optional<std::string> Field(const std::vector<std::string>& path) {
  static const std::map<std::string, std::string> fields = {
      {"digest", "sha256:ab"}, {"labels|foo", "true"}, {"labels|very complex label", "something"},
      {"labels|k", "a\"bA,c"}, {"labels|v", "v1.2"},   {"labels|path", "/a/b"},
  };
  const auto field = fields.find(absl::StrJoin(path, "|"));
  if (field == fields.end()) return std::nullopt;
  return field->second;
}

bool Matches(const std::string& text) {
  const absl::StatusOr<Filter> filter = Filter::Parse(text);
  EXPECT_TRUE(filter.ok()) << text << ": " << filter.status();
  return filter.ok() && filter->Matches(Field);
}

TEST(FilterTest, WhatMatches) {
  for (const char* text : {
           "",
           "digest",
           " digest",
           "digest==sha256:ab",
           "digest == sha256:ab",
           "labels.foo",
           "\"labels\".foo==true",
           "labels.bar!=omg",
           "labels.\"very complex label\"==something",
           "labels.foo==\"true\",digest!=x",
           R"(labels.k=="a\"b\x41,c")",
           R"(labels.k=="a\"b\u0041,c")",
           R"(labels.k=="a\"b\101,c")",
           R"(labels.k=="a\"b\U00000041,c")",
           "labels.bar~=/^$/",
           "labels.foo~=^t",
           "labels.foo~=rue$",
           "labels.foo~=/^(true|false)$/",
           "labels.foo ~= /(?i)TRUE/",
           "labels.v~=|^v[0-9]+[.]|",
           R"(labels.v~="^v\\d[.]")",
           "labels.path~=|^/a|",
           R"(labels.path~=/^\/a/)",
       }) {
    EXPECT_TRUE(Matches(text)) << text;
  }
}

TEST(FilterTest, WhatDoesNotMatch) {
  for (const char* text : {
           "digest==sha256:abc",
           "labels",
           "labels.bar",
           "labels.bar==\"\"",
           "labels.foo==true,digest!=sha256:ab",
           "labels.foo==true\"x",
           "labels.foo==tr.ue",
           "labels.foo==\xc3\xa4rger",
           "labels.foo~=^r",
           "labels.foo ~= /TRUE/",
       }) {
    EXPECT_FALSE(Matches(text)) << text;
  }
}

TEST(FilterTest, WhatIsNotAFilter) {
  for (const char* text : {
           "==x",
           "labels.",
           "a==",
           "a,",
           "a b",
           "\"open",
           "a=b",
           "a===b",
           "a~b",
           "labels.foo==true , digest==sha256:ab",
           "labels.foo==true labels.bar",
           "labels.|foo|==true",
           "labels.foo==/true/",
           "labels.foo==~true",
           "labels.foo==.true",
           "labels-foo==true",
           "labels.ns/key==value",
           "image~=,id?=?fbaq",
           R"(labels."\q")",
           R"(labels.k=="a\"b\x4,c")",
           R"(labels.k=="\x41)",
           R"(labels.v~=/^v[0-9]{1,2}\./)",
           R"(labels.foo~="a" "b")",
           // containerd logs these and matches nothing.
           "labels.foo~=[",
           "labels.foo~=(",
       }) {
    const absl::Status status = Filter::Parse(text).status();
    EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput) << text << ": " << status;
    EXPECT_NE(status.message().find(text), absl::string_view::npos) << status;
  }
}

TEST(FilterTest, ErrorsTellWhere) {
  EXPECT_EQ(Filter::Parse("a=b").status().message(), "filter a=b: unknown operator = at position 2");
  EXPECT_EQ(Filter::Parse("a~=[x").status().message(), "filter a~=[x: missing ]: [x");
}

TEST(FilterTest, AnyOfSeveral) {
  google::protobuf::RepeatedPtrField<std::string> texts;
  EXPECT_TRUE(AnyFilter::Parse(texts)->Matches(Field));
  *texts.Add() = "digest==sha256:cd";
  EXPECT_FALSE(AnyFilter::Parse(texts)->Matches(Field));
  *texts.Add() = "digest==sha256:ab";
  EXPECT_TRUE(AnyFilter::Parse(texts)->Matches(Field));
}

}  // namespace
}  // namespace waybill::exporter::service::content
