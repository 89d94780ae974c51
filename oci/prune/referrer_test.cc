// SPDX-License-Identifier: Apache-2.0
#include "oci/prune/referrer.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/image/media_types.h"

namespace waybill::oci::prune {
namespace {

TEST(ReferrerTagTest, ListsAndCosignsTags) {
  const std::string hex(64, 'a');
  const auto list = ParseReferrerTag(absl::StrCat("sha256-", hex));
  ASSERT_TRUE(list.has_value());
  EXPECT_EQ(list->kind, Kind::kFallbackTag);
  EXPECT_EQ(list->subject.ToString(), absl::StrCat("sha256:", hex));
  for (const char* suffix : {".sig", ".att", ".sbom"}) {
    const auto tag = ParseReferrerTag(absl::StrCat("sha256-", hex, suffix));
    ASSERT_TRUE(tag.has_value()) << suffix;
    EXPECT_EQ(tag->kind, Kind::kCosignTag);
    EXPECT_EQ(tag->tag, absl::StrCat("sha256-", hex, suffix));
    EXPECT_EQ(tag->subject, list->subject);
  }
}

TEST(ReferrerTagTest, OtherTags) {
  const std::string hex(64, 'a');
  for (const std::string& tag :
       {std::string("1"), std::string(""), std::string(".sig"), absl::StrCat("sha256-", hex, ".cosign"),
        absl::StrCat("sha256-", hex, ".sig.sig"), absl::StrCat("sha256-", hex, "."), absl::StrCat("sha256-", hex, "a"),
        absl::StrCat("sha512-", hex), absl::StrCat("sha256:", hex), absl::StrCat("sha256-", std::string(64, 'A'))}) {
    EXPECT_FALSE(ParseReferrerTag(tag).has_value()) << tag;
  }
}

TEST(SubjectOfTest, OfManifestsAndIndexes) {
  const std::string subject = absl::StrCat("sha256:", std::string(64, 'b'));
  const std::string with = absl::StrCat(
      R"("subject":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":")", subject, R"(","size":1})");
  const std::string config = absl::StrCat(R"("config":{"mediaType":"a/b","digest":")", subject, R"(","size":1})");
  EXPECT_EQ(SubjectOf(image::kOciManifest, absl::StrCat(R"({"schemaVersion":2,)", config, ",", with, "}"))->ToString(),
            subject);
  EXPECT_EQ(SubjectOf(image::kOciIndex, absl::StrCat(R"({"schemaVersion":2,"manifests":[],)", with, "}"))->ToString(),
            subject);
  EXPECT_FALSE(SubjectOf(image::kOciManifest, absl::StrCat(R"({"schemaVersion":2,)", config, "}")).has_value());
  EXPECT_FALSE(SubjectOf("a/b", absl::StrCat(R"({"schemaVersion":2,)", with, "}")).has_value());
  EXPECT_FALSE(SubjectOf(image::kOciIndex, "{").has_value());
}

}  // namespace
}  // namespace waybill::oci::prune
