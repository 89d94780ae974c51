// SPDX-License-Identifier: Apache-2.0
#include "exporter/request/annotations.h"

#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::exporter::request {
namespace {

using Entries = std::map<std::string, std::string>;

struct KeyCase {
  const char* text;
  oci::Annotations AnnotationGroup::*target;  // null: no annotation
  const char* platform;
  const char* key;
};

class AnnotationKeyTest : public ::testing::TestWithParam<KeyCase> {};

TEST_P(AnnotationKeyTest, Parses) {
  const absl::StatusOr<std::optional<AnnotationKey>> key = ParseAnnotationKey(GetParam().text);
  ASSERT_EQ(key.status(), absl::OkStatus());
  ASSERT_EQ(key->has_value(), GetParam().target != nullptr);
  if (!key->has_value()) return;
  EXPECT_TRUE((*key)->target == GetParam().target);
  EXPECT_EQ((*key)->platform, GetParam().platform);
  EXPECT_EQ((*key)->key, GetParam().key);
}

constexpr KeyCase kKeys[] = {
    {"annotation.a", &AnnotationGroup::manifest, "", "a"},
    {"annotation.key.with.dots/and-slash", &AnnotationGroup::manifest, "", "key.with.dots/and-slash"},
    {"annotation-manifest[linux/x86_64].b", &AnnotationGroup::manifest, "linux/amd64", "b"},
    {"annotation-manifest-descriptor[aarch64].c", &AnnotationGroup::manifest_descriptor, "linux/arm64", "c"},
    {"annotation[linux/arm64/v8].d", &AnnotationGroup::manifest, "linux/arm64", "d"},
    {"annotation-index.i", &AnnotationGroup::index, "", "i"},
    {"annotation-index-descriptor.i", &AnnotationGroup::index_descriptor, "", "i"},
    {"annotation..", &AnnotationGroup::manifest, "", "."},
    {"annotation-.x", nullptr, "", ""},
    {"annotation.a b", nullptr, "", ""},
    {"annotation.", nullptr, "", ""},
    {"annotation", nullptr, "", ""},
    {"annotation[].x", nullptr, "", ""},
    {"annotation[windows(10.0.17763.1)/amd64].x", &AnnotationGroup::manifest, "windows(10.0.17763.1)/amd64", "x"},
    {"annotation-index[linux(+erofs)/amd64].x", &AnnotationGroup::index, "linux(+erofs)/amd64", "x"},
    {"annotation-INDEX.x", nullptr, "", ""},
    {"annotationx.y", nullptr, "", ""},
    {"my.annotation.x", nullptr, "", ""},
};
INSTANTIATE_TEST_SUITE_P(Keys, AnnotationKeyTest, ::testing::ValuesIn(kKeys));

TEST(AnnotationsTest, ErrorsAreBuildKits) {
  EXPECT_EQ(ParseAnnotationKey("annotation-foo.x").status().message(), "unrecognized annotation type foo");
  const absl::Status platform = ParseAnnotationKey("annotation[li/nu/x/y].k").status();
  EXPECT_EQ(platform.message(), "\"li/nu/x/y\": cannot parse platform specifier: invalid argument");
  EXPECT_EQ(oci::ReasonOf(platform), oci::Reason::kInvalidInput);
}

TEST(AnnotationsTest, SplitsEntries) {
  Entries rest;
  const absl::StatusOr<AnnotationGroups> groups =
      ParseAnnotations({{"annotation.a", "1"}, {"annotation[arm64].a", "2"}, {"other", "3"}}, &rest);
  ASSERT_EQ(groups.status(), absl::OkStatus());
  EXPECT_EQ(groups->at("").manifest, (oci::Annotations{{"a", "1"}}));
  EXPECT_EQ(groups->at("linux/arm64").manifest, (oci::Annotations{{"a", "2"}}));
  EXPECT_EQ(rest, (Entries{{"other", "3"}}));
}

TEST(AnnotationsTest, RefusesTwoValuesForOneAnnotation) {
  const absl::Status status =
      ParseAnnotations({{"annotation.a", "1"}, {"annotation-manifest.a", "2"}}, nullptr).status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput);
  EXPECT_EQ(status.message(), "annotation \"a\" has two values: \"annotation.a\" is given in another spelling as well");
  EXPECT_TRUE(ParseAnnotations({{"annotation.a", "1"}, {"annotation-manifest.a", "1"}}, nullptr).ok());
}

TEST(AnnotationsTest, FlattensIndexAnnotationsWithoutConflict) {
  AnnotationGroups groups = *ParseAnnotations(
      {{"annotation-index.a", "1"}, {"annotation-index[linux/amd64].b", "2"}, {"annotation.c", "3"}}, nullptr);
  EXPECT_EQ(*FlattenAnnotations(groups, &AnnotationGroup::index), (oci::Annotations{{"a", "1"}, {"b", "2"}}));
  groups["linux/arm64"].index["a"] = "9";
  const absl::Status status = FlattenAnnotations(groups, &AnnotationGroup::index).status();
  EXPECT_EQ(status.message(),
            "index annotation \"a\" has two values: an index is not per platform, but linux/arm64 asks for another "
            "one");
}

TEST(AnnotationsTest, TheBuildsAnnotationsWin) {
  AnnotationGroups asked = *ParseAnnotations({{"annotation.a", "asked"}, {"annotation.b", "asked"}}, nullptr);
  MergeAnnotations(asked, *ParseAnnotations({{"annotation.a", "built"}, {"annotation[arm64].c", "built"}}, nullptr));
  EXPECT_EQ(asked.at("").manifest, (oci::Annotations{{"a", "built"}, {"b", "asked"}}));
  EXPECT_EQ(asked.at("linux/arm64").manifest, (oci::Annotations{{"c", "built"}}));
}

}  // namespace
}  // namespace waybill::exporter::request
