// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/changing/join.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "attest/reader/reader.h"
#include "attest/reader/testing/images.h"
#include "attest/reader/testing/memory_place.h"
#include "gtest/gtest.h"
#include "oci/content/content.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "tools/cli/changing/routed_fetcher.h"

namespace waybill::cli::changing {
namespace {

using attest::reader::ImageTree;

class JoinTest : public ::testing::Test {
 protected:
  ImageTree Read(const oci::Descriptor& root) {
    place_.Tag(root.digest.ToString(), root);
    auto tree = attest::reader::ReadImage(oci::Context(), place_.roles(), root.digest.ToString(), {.look = false});
    EXPECT_TRUE(tree.ok()) << tree.status();
    return tree.ok() ? *std::move(tree) : ImageTree();
  }
  std::string Bytes(const oci::Descriptor& root) {
    return oci::content::VerifiedBytes(oci::Context(), place_, root, 1 << 20).value_or("");
  }
  oci::Descriptor Attested(const oci::Descriptor& image) {
    return AddAttestation(place_, attest::AttestationForm::kLegacy, image,
                          {AddStatement(place_, image, "https://spdx.dev/Document")});
  }

  attest::reader::testing::MemoryPlace place_;
  const oci::Descriptor amd64_ = AddImage(place_, "amd64");
  const oci::Descriptor arm64_ = AddImage(place_, "arm64");
  const oci::Descriptor of_amd64_ = Attested(amd64_);
  const oci::Descriptor of_arm64_ = Attested(arm64_);
};

TEST_F(JoinTest, ImagesThenTheirAttestations) {
  const oci::Descriptor one = AddIndex(place_, {amd64_, of_amd64_});
  const oci::Descriptor two = AddIndex(place_, {arm64_, of_arm64_, amd64_});
  const oci::Descriptor signature = AddArtifact(place_, of_arm64_, "application/x-signature", "1");
  const oci::Descriptor countersignature = AddArtifact(place_, signature, "application/x-signature", "2");
  AddArtifact(place_, two, "application/x-signature", "3");
  const ImageTree first = Read(one), second = Read(two);
  const auto joined = Join({{"one", first, Bytes(one)}, {"two", second, Bytes(two)}});
  ASSERT_TRUE(joined.ok()) << joined.status();
  const auto index = oci::image::ParseIndex(joined->index.bytes);
  ASSERT_TRUE(index.ok()) << index.status();
  EXPECT_EQ(index->manifests, (std::vector<oci::Descriptor>{amd64_, arm64_, of_amd64_, of_arm64_}));
  EXPECT_EQ(joined->images, (std::vector<oci::Descriptor>{amd64_, arm64_}));
  ASSERT_EQ(joined->referrers.size(), 2u);
  EXPECT_EQ(joined->referrers[0].digest, signature.digest);
  EXPECT_EQ(joined->referrers[1].digest, countersignature.digest);
  EXPECT_EQ(joined->warnings, (std::vector<std::string>{absl::StrCat("two: what refers to its index ",
                                                                     two.digest.ToString(), " is left out")}));
}

TEST_F(JoinTest, AManifestWithoutAnIndex) {
  const ImageTree first = Read({.media_type = amd64_.media_type, .digest = amd64_.digest, .size = amd64_.size});
  const ImageTree second = Read(arm64_);
  const auto joined = Join({{"one", first, ""}, {"two", second, ""}});
  ASSERT_TRUE(joined.ok()) << joined.status();
  const auto index = oci::image::ParseIndex(joined->index.bytes);
  ASSERT_EQ(index->manifests.size(), 2u);
  EXPECT_EQ(index->manifests[1].digest, arm64_.digest);
  EXPECT_EQ(index->manifests[1].platform->architecture, "arm64");
}

TEST_F(JoinTest, TwoImagesOfOnePlatform) {
  oci::Descriptor other = AddManifest(place_, {.media_type = "application/vnd.oci.image.manifest.v1+json",
                                               .config = place_.Add("application/vnd.oci.image.config.v1+json", "{}"),
                                               .layers = {}});
  other.platform = amd64_.platform;
  const oci::Descriptor one = AddIndex(place_, {amd64_}), two = AddIndex(place_, {other});
  const ImageTree first = Read(one), second = Read(two);
  const absl::Status status = Join({{"one", first, Bytes(one)}, {"two", second, Bytes(two)}}).status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput);
  EXPECT_EQ(status.message(), absl::StrCat("image two: its image of linux/amd64 is ", other.digest.ToString(),
                                           ", and that of one is ", amd64_.digest.ToString()));
}

TEST_F(JoinTest, WhatIsMissingIsAnError) {
  const oci::Descriptor missing{
      .media_type = amd64_.media_type, .digest = oci::Digest::Of("missing"), .size = 7, .platform = amd64_.platform};
  const oci::Descriptor one = AddIndex(place_, {missing});
  const ImageTree first = Read(one);
  EXPECT_EQ(oci::ReasonOf(Join({{"one", first, Bytes(one)}}).status()), oci::Reason::kNotFound);
}

// The first place that names a blob gives it, and nobody else is asked.
TEST_F(JoinTest, BlobsComeFromTheirPlaces) {
  attest::reader::testing::MemoryPlace other;
  const oci::Descriptor theirs = AddImage(other, "s390x");
  const ImageTree first = Read(AddIndex(place_, {amd64_}));
  other.Tag("theirs", theirs);
  const auto second = attest::reader::ReadImage(oci::Context(), other.roles(), "theirs", {.look = false});
  ASSERT_TRUE(second.ok()) << second.status();
  RoutedFetcher places;
  places.Add(first, place_);
  places.Add(*second, other);
  const int before = place_.fetches();
  EXPECT_TRUE(oci::content::VerifiedBytes(oci::Context(), places, theirs, 1 << 20).ok());
  EXPECT_EQ(place_.fetches(), before);
  EXPECT_TRUE(oci::content::VerifiedBytes(oci::Context(), places, amd64_, 1 << 20).ok());
  EXPECT_EQ(place_.fetches(), before + 1);
  EXPECT_EQ(oci::ReasonOf(places.Fetch(oci::Context(), arm64_).status()), oci::Reason::kNotFound);
}

}  // namespace
}  // namespace waybill::cli::changing
