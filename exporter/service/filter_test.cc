// SPDX-License-Identifier: Apache-2.0
// Expected outcomes follow the cases of containerd's pkg/filters/filter_test.go and parser_test.go.
#include "exporter/service/filter.h"

#include <map>
#include <string>

#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::exporter::service {
namespace {

bool Matches(const std::string& filter, const std::map<std::string, std::string>& fields) {
  const absl::StatusOr<Filter> parsed = Filter::Parse(filter);
  EXPECT_TRUE(parsed.ok()) << filter << ": " << parsed.status();
  return parsed.ok() && parsed->Matches([&](const std::vector<std::string>& path) -> std::optional<std::string> {
    const auto field = fields.find(absl::StrJoin(path, "|"));
    if (field == fields.end()) return std::nullopt;
    return field->second;
  });
}

TEST(FilterTest, Conditions) {
  const std::map<std::string, std::string> fields = {
      {"digest", "sha256:ab"}, {"labels|foo", "true"}, {"labels|very complex label with spaces", "something"}};
  EXPECT_TRUE(Matches("", fields));
  EXPECT_TRUE(Matches("digest==sha256:ab", fields));
  EXPECT_TRUE(Matches("digest == sha256:ab", fields));
  EXPECT_FALSE(Matches("digest==sha256:abc", fields));
  EXPECT_TRUE(Matches("labels.foo", fields));
  EXPECT_TRUE(Matches("labels.foo==true", fields));
  EXPECT_TRUE(Matches("labels.\"very complex label with spaces\"==something", fields));
  EXPECT_TRUE(Matches("labels.foo==\"true\",digest!=x", fields));
  EXPECT_FALSE(Matches("labels.foo==true,digest!=sha256:ab", fields));
  EXPECT_FALSE(Matches("labels.bar", fields));
  EXPECT_TRUE(Matches("labels.bar!=omg", fields));
}

TEST(FilterTest, QuotedValuesAreUnescaped) {
  EXPECT_TRUE(Matches(R"(labels.k=="a\"b\x41,c")", {{"labels|k", "a\"bA,c"}}));
}

TEST(FilterTest, WhatIsNotAFilter) {
  for (const char* text : {"==x", "labels.", "a==", "a,", "a b", "\"open", "a=b", "labels.\"\\q\""}) {
    const absl::Status status = Filter::Parse(text).status();
    EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput) << text << ": " << status;
    EXPECT_NE(status.message().find(text), absl::string_view::npos) << status;
  }
}

TEST(FilterTest, RegularExpressionsAreNotThere) {
  const absl::Status status = Filter::Parse("labels.foo~=^t").status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kUnsupported);
  EXPECT_EQ(status.message(), "filter labels.foo~=^t: regular expressions are not supported");
}

TEST(FilterTest, AnyOfSeveral) {
  google::protobuf::RepeatedPtrField<std::string> texts;
  const FieldLookup lookup = [](const std::vector<std::string>& path) -> std::optional<std::string> {
    return path.size() == 1 && path[0] == "ref" ? std::make_optional<std::string>("layer-1") : std::nullopt;
  };
  EXPECT_TRUE(AnyFilter::Parse(texts)->Matches(lookup));
  *texts.Add() = "ref==layer-2";
  EXPECT_FALSE(AnyFilter::Parse(texts)->Matches(lookup));
  *texts.Add() = "ref==layer-1";
  EXPECT_TRUE(AnyFilter::Parse(texts)->Matches(lookup));
}

}  // namespace
}  // namespace waybill::exporter::service
