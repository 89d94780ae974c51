// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/push/push_plan.h"

#include <optional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "oci/content/store/memory_store.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"

namespace waybill::oci::registry::push {
namespace {

class PushPlanTest : public ::testing::Test {
 protected:
  Descriptor Add(absl::string_view media_type, const std::string& bytes) {
    return {
        .media_type = std::string(media_type), .digest = store_.Add(bytes), .size = static_cast<int64_t>(bytes.size())};
  }
  Descriptor Manifest(const std::string& config, std::optional<Descriptor> subject = std::nullopt,
                      const std::string& artifact_type = "") {
    return Add(image::kOciManifest,
               image::ToIndentedJson(image::Manifest{.media_type = std::string(image::kOciManifest),
                                                     .artifact_type = artifact_type,
                                                     .config = Add(image::kOciConfig, config),
                                                     .subject = std::move(subject)}));
  }
  Descriptor Index(std::vector<Descriptor> manifests) {
    return Add(image::kOciIndex, image::ToIndentedJson(image::Index{.media_type = std::string(image::kOciIndex),
                                                                    .manifests = std::move(manifests)}));
  }
  absl::StatusOr<PushPlan> Plan(const Descriptor& root) { return MakePushPlan(Context(), store_, root, {}); }

  content::store::MemoryStore store_;
};

// A layout takes both, so a push does.
TEST_F(PushPlanTest, DeepIndexesAndBlobsInIndexes) {
  const Descriptor blob = Add("application/x-thing", "thing");
  Descriptor root = Index({Manifest("{}"), blob});
  for (int depth = 0; depth < 12; ++depth) root = Index({root});
  const auto plan = Plan(root);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->images.size(), 1u);
  ASSERT_EQ(plan->indexes.size(), 13u);
  EXPECT_EQ(plan->indexes.front().blobs, std::vector<Descriptor>{blob});
  EXPECT_EQ(plan->indexes.back().descriptor.digest, root.digest);
}

// The rule of oci/image/attestation.h: a signature is a referrer, and no attestation.
TEST_F(PushPlanTest, AttestationsAndOtherReferrers) {
  const Descriptor image = Manifest("{}");
  Descriptor attestation = Manifest("{\"a\":1}");
  attestation.annotations = {{"vnd.docker.reference.type", "attestation-manifest"},
                             {"vnd.docker.reference.digest", image.digest.ToString()}};
  Descriptor annotated = Manifest("{\"b\":1}");
  annotated.annotations = {{"vnd.docker.reference.type", "something-else"}};
  const Descriptor signature = Manifest("{\"c\":1}", image, "application/vnd.dev.cosign.artifact.sig.v1+json");
  const auto plan = Plan(Index({attestation, signature, annotated, image}));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->images.size(), 2u);
  ASSERT_EQ(plan->referrers.size(), 2u);
  EXPECT_TRUE(plan->Find(attestation.digest)->attestation);
  EXPECT_EQ(plan->Find(attestation.digest)->about, image.digest);
  EXPECT_FALSE(plan->Find(signature.digest)->attestation);
  EXPECT_EQ(plan->Find(signature.digest)->about, image.digest);
}

// A signature on an attestation manifest waits for it, whatever the order in which both are named.
TEST_F(PushPlanTest, WhatAReferrerIsAboutComesBeforeIt) {
  const Descriptor image = Manifest("{}");
  const Descriptor attestation = Manifest("{\"a\":1}", image, std::string(image::kAttestationManifest));
  const Descriptor signature = Manifest("{\"b\":1}", attestation, "application/x-signature");
  const Descriptor countersignature = Manifest("{\"c\":1}", signature, "application/x-signature");
  const auto plan = MakePushPlan(Context(), store_, image, {countersignature, attestation, signature});
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->referrers.size(), 3u);
  EXPECT_EQ(plan->referrers[0].descriptor.digest, attestation.digest);
  EXPECT_EQ(plan->referrers[1].descriptor.digest, signature.digest);
  EXPECT_EQ(plan->referrers[2].descriptor.digest, countersignature.digest);
}

// As cosign signs the index itself.
TEST_F(PushPlanTest, WhatIsAboutAnIndexComesAfterIt) {
  const Descriptor image = Manifest("{}");
  const Descriptor inner = Index({image});
  const Descriptor signature = Manifest("{\"a\":1}", inner, "application/x-signature");
  const Descriptor root = Index({inner, signature});
  const Descriptor of_root = Manifest("{\"b\":1}", root, "application/x-signature");
  const auto plan = MakePushPlan(Context(), store_, root, {of_root});
  ASSERT_TRUE(plan.ok()) << plan.status();
  std::vector<Digest> order;
  for (const PlannedManifest* manifest : plan->InOrder()) order.push_back(manifest->descriptor.digest);
  EXPECT_EQ(order, (std::vector<Digest>{image.digest, inner.digest, signature.digest, root.digest, of_root.digest}));
  EXPECT_TRUE(plan->HasReferrerOfRoot());
}

TEST_F(PushPlanTest, EntriesThatClaimToBeAboutEachOther) {
  Descriptor a = Manifest("{\"a\":1}"), b = Manifest("{\"b\":1}");
  a.annotations = {{"vnd.docker.reference.type", "attestation-manifest"},
                   {"vnd.docker.reference.digest", b.digest.ToString()}};
  b.annotations = {{"vnd.docker.reference.type", "attestation-manifest"},
                   {"vnd.docker.reference.digest", a.digest.ToString()}};
  const auto plan = Plan(Index({a, b}));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->referrers.size(), 2u);
  EXPECT_EQ(plan->InOrder().size(), 3u);
  EXPECT_FALSE(plan->HasReferrerOfRoot());
}

TEST_F(PushPlanTest, ARootThatIsABlob) {
  EXPECT_EQ(ReasonOf(Plan(Add("text/plain", "hello")).status()), Reason::kInvalidInput);
}

}  // namespace
}  // namespace waybill::oci::registry::push
