// SPDX-License-Identifier: Apache-2.0
#include "oci/image/attestation.h"

#include <string>

#include "gtest/gtest.h"

namespace waybill::oci::image {
namespace {

constexpr char kArtifact[] = "application/vnd.docker.attestation.manifest.v1+json";
constexpr char kSignature[] = "application/vnd.dev.cosign.artifact.sig.v1+json";

Descriptor Of(const char* bytes) { return {.digest = Digest::Of(bytes), .size = 1}; }

Descriptor Entry(Annotations annotations) {
  Descriptor entry = Of("attestation");
  entry.annotations = std::move(annotations);
  return entry;
}

TEST(AttestationMarkTest, TheEntryOfAnIndexSays) {
  const std::string image = Of("image").digest.ToString();
  const Descriptor entry =
      Entry({{"vnd.docker.reference.digest", image}, {"vnd.docker.reference.type", "attestation-manifest"}});
  EXPECT_EQ(FindAttestationMark(entry, "", std::nullopt)->image, Of("image").digest);
  // The entry goes before the subject.
  EXPECT_EQ(FindAttestationMark(entry, kArtifact, Of("other"))->image, Of("image").digest);
  EXPECT_EQ(entry.annotations, AttestationAnnotations(Of("image").digest));
}

TEST(AttestationMarkTest, ArtifactTypeAndSubjectSay) {
  EXPECT_EQ(FindAttestationMark(Entry({}), kArtifact, Of("image"))->image, Of("image").digest);
  EXPECT_FALSE(FindAttestationMark(Entry({}), kArtifact, std::nullopt).has_value());
  EXPECT_EQ(FindAttestationMark(Entry({{"vnd.docker.reference.type", "attestation-manifest"}}), "", Of("image"))->image,
            Of("image").digest);
}

TEST(AttestationMarkTest, OtherReferencesAreNoAttestations) {
  EXPECT_FALSE(FindAttestationMark(Entry({}), "", std::nullopt).has_value());
  EXPECT_FALSE(FindAttestationMark(Entry({}), kSignature, Of("image")).has_value());
  const std::string image = Of("image").digest.ToString();
  EXPECT_FALSE(FindAttestationMark(Entry({{"vnd.docker.reference.digest", image}}), "", std::nullopt).has_value());
  EXPECT_FALSE(FindAttestationMark(
                   Entry({{"vnd.docker.reference.digest", image}, {"vnd.docker.reference.type", "something-else"}}), "",
                   std::nullopt)
                   .has_value());
}

TEST(AttestationMarkTest, AnImageThatIsNoDigest) {
  const auto mark = FindAttestationMark(
      Entry({{"vnd.docker.reference.digest", "sha256:00"}, {"vnd.docker.reference.type", "attestation-manifest"}}), "",
      Of("image"));
  ASSERT_TRUE(mark.has_value());
  EXPECT_FALSE(mark->image.has_value());
}

}  // namespace
}  // namespace waybill::oci::image
