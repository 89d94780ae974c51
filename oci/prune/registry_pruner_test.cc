// SPDX-License-Identifier: Apache-2.0
#include "oci/prune/registry_pruner.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/content/content.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/image/referrers_tag.h"
#include "oci/prune/pruner.h"
#include "oci/registry/server/behavior/fault_text.h"
#include "oci/registry/testing/registry_fixture.h"

namespace waybill::oci::prune {
namespace {

using registry::server::behavior::Behavior;
using registry::testing::MakeSampleImage;
using registry::testing::SampleImage;

Behavior NoApi() {
  Behavior behavior;
  behavior.referrers.api = registry::server::behavior::ReferrersApi::kNotFound;
  behavior.referrers.subject_header = registry::server::behavior::SubjectHeader::kOmitted;
  return behavior;
}

// The repository "app" has an image of two platforms with attestations under "1", and another under "2".
class RegistryPrunerTest : public registry::testing::RegistryFixture {
 protected:
  void StartWithImages() {
    Start(NoApi());
    first_ = MakeSampleImage({.platforms = 2, .attested = true});
    second_ = MakeSampleImage({.attested = true, .seed = "second"});
    ASSERT_TRUE(PushSample(first_, {"1"}).ok());
    ASSERT_TRUE(PushSample(second_, {"2"}).ok());
  }
  void SetFault(const std::string& text) {
    Behavior behavior = NoApi();
    behavior.faults.push_back(*registry::server::behavior::ParseFault(text));
    registry().SetBehavior(behavior);
  }
  void Remove(const Digest& manifest) {
    registry::Traffic traffic;
    ASSERT_EQ(registry::transfer::Manifests(host(), "app", traffic).Delete(context(), manifest.ToString()),
              absl::OkStatus());
  }
  void PutAgain(const SampleImage& image, const Descriptor& manifest) {
    const auto bytes = content::VerifiedBytes(context(), *image.store, manifest, 1 << 20);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    registry::Traffic traffic;
    const auto answer = registry::transfer::Manifests(host(), "app", traffic)
                            .Put(context(), manifest.digest.ToString(),
                                 {.media_type = manifest.media_type, .bytes = *bytes, .tags = {}, .conditions = {}});
    ASSERT_TRUE(answer.ok()) << answer.status();
    ASSERT_EQ(answer->reply.status, 201);
  }
  Plan MakePlan(PruneOptions options = {}) {
    pruner_ = std::make_unique<RegistryPruner>(host(), "app", options);
    const auto plan = pruner_->MakePlan(context());
    EXPECT_TRUE(plan.ok()) << plan.status();
    return plan.value_or(Plan{});
  }
  // "removed", "skipped: <why>" or "failed: <message>" for each item.
  std::vector<std::string> Apply(const Plan& plan) {
    const auto outcomes = pruner_->Apply(context(), plan);
    EXPECT_TRUE(outcomes.ok()) << outcomes.status();
    std::vector<std::string> texts;
    for (const Outcome& outcome : outcomes.value_or(std::vector<Outcome>())) {
      if (outcome.how == Outcome::How::kRemoved) texts.push_back("removed");
      if (outcome.how == Outcome::How::kSkipped) texts.push_back(absl::StrCat("skipped: ", outcome.why));
      if (outcome.how == Outcome::How::kFailed) texts.push_back(absl::StrCat("failed: ", outcome.status.message()));
    }
    EXPECT_EQ(texts.size(), plan.items.size());
    return texts;
  }
  // Every tag with the bytes behind it.
  std::map<std::string, std::string> Tags() {
    std::map<std::string, std::string> tags;
    for (const std::string& tag : registry().contents().Tags("app")) {
      tags[tag] = registry().contents().Content("app", *registry().contents().Tagged("app", tag)).value_or("");
    }
    return tags;
  }
  std::string ListOf(const SampleImage& image, size_t platform) {
    return image::ReferrersTag(image.images[platform].digest);
  }
  static const std::vector<std::string>& Done() {
    static const std::vector<std::string>& done = *new std::vector<std::string>{"removed"};
    return done;
  }

  SampleImage first_, second_;
  std::unique_ptr<RegistryPruner> pruner_;
};

TEST_F(RegistryPrunerTest, NothingIsGone) {
  StartWithImages();
  const Plan plan = MakePlan();
  EXPECT_TRUE(plan.items.empty());
  EXPECT_TRUE(plan.doubts.empty());
}

TEST_F(RegistryPrunerTest, TheListOfAnImageThatIsGoneGoesAndNothingElse) {
  StartWithImages();
  Remove(first_.images[1].digest);
  auto expected = Tags();
  const Plan plan = MakePlan();
  ASSERT_EQ(plan.items.size(), 1u);
  EXPECT_EQ(plan.items[0].kind, Kind::kFallbackTag);
  EXPECT_EQ(plan.items[0].tag, ListOf(first_, 1));
  EXPECT_EQ(plan.items[0].digest, registry().contents().Tagged("app", ListOf(first_, 1)));
  EXPECT_EQ(plan.items[0].size, static_cast<int64_t>(expected[ListOf(first_, 1)].size()));
  EXPECT_EQ(plan.items[0].subject, first_.images[1].digest);
  EXPECT_EQ(Tags(), expected) << "a plan writes nothing";
  EXPECT_EQ(Apply(plan), Done());
  expected.erase(ListOf(first_, 1));
  EXPECT_EQ(Tags(), expected);
  EXPECT_TRUE(registry().contents().HasManifest("app", first_.referrers[1].digest)) << "the index lists it";
  EXPECT_TRUE(MakePlan().items.empty());
}

TEST_F(RegistryPrunerTest, CosignsTagsOfAnImageThatIsGone) {
  StartWithImages();
  const SampleImage signature = MakeSampleImage({.seed = "signature"});
  const std::string gone = image::ReferrersTag(first_.images[0].digest);
  std::vector<std::string> tags;
  for (const char* suffix : {".sig", ".att", ".sbom", ".other"}) tags.push_back(absl::StrCat(gone, suffix));
  tags.push_back(absl::StrCat(image::ReferrersTag(second_.images[0].digest), ".sig"));
  ASSERT_TRUE(PushSample(signature, tags).ok());
  Remove(first_.images[0].digest);
  auto expected = Tags();
  const Plan plan = MakePlan();
  ASSERT_EQ(plan.items.size(), 4u);
  EXPECT_EQ(Apply(plan), std::vector<std::string>(4, "removed"));
  for (const char* suffix : {"", ".sig", ".att", ".sbom"}) expected.erase(absl::StrCat(gone, suffix));
  EXPECT_EQ(Tags(), expected);
}

TEST_F(RegistryPrunerTest, AnEntryWhoseManifestIsGoneLeavesTheList) {
  StartWithImages();
  const SampleImage more = MakeSampleImage({.platforms = 2, .attested = true, .statement = "more"});
  ASSERT_EQ(more.images[0].digest, first_.images[0].digest);
  ASSERT_TRUE(PushSample(more, {"3"}).ok());
  Remove(first_.referrers[0].digest);
  const Plan plan = MakePlan();
  ASSERT_EQ(plan.items.size(), 1u);
  EXPECT_EQ(plan.items[0].kind, Kind::kFallbackEntry);
  EXPECT_EQ(plan.items[0].digest, first_.referrers[0].digest);
  auto expected = Tags();
  EXPECT_EQ(Apply(plan), Done());
  expected[ListOf(first_, 0)] =
      absl::StrCat(R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[)",
                   image::ToCompactJson(more.referrers[0]), "]}");
  EXPECT_EQ(Tags(), expected);
}

TEST_F(RegistryPrunerTest, AListWithoutEntriesGoes) {
  StartWithImages();
  Remove(second_.referrers[0].digest);
  auto expected = Tags();
  EXPECT_EQ(Apply(MakePlan()), Done());
  expected.erase(ListOf(second_, 0));
  EXPECT_EQ(Tags(), expected);
}

TEST_F(RegistryPrunerTest, WhereTagsStayTheListIsEmptied) {
  StartWithImages();
  Remove(second_.referrers[0].digest);
  SetFault("status=405@manifest-delete");
  auto expected = Tags();
  EXPECT_EQ(Apply(MakePlan()), Done());
  expected[ListOf(second_, 0)] =
      R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]})";
  EXPECT_EQ(Tags(), expected);
  EXPECT_TRUE(MakePlan().items.empty());
}

TEST_F(RegistryPrunerTest, AnyDoubtKeeps) {
  StartWithImages();
  const Digest gone = first_.images[0].digest;
  Remove(gone);
  const std::pair<const char*, const char*> answers[] = {
      {"status=403", ""}, {"status=401", ""}, {"status=500", ""}, {"status=404", ",code=NAME_UNKNOWN"}, {"drop", ""}};
  for (const auto& [answer, code] : answers) {
    SetFault(absl::StrCat(answer, "@manifest-get,path=", gone.ToString(), code));
    const Plan plan = MakePlan();
    EXPECT_TRUE(plan.items.empty()) << answer;
    ASSERT_EQ(plan.doubts.size(), 1u) << answer;
    EXPECT_EQ(plan.doubts[0].name, ListOf(first_, 0));
    EXPECT_TRUE(absl::StrContains(plan.doubts[0].why, gone.ToString())) << plan.doubts[0].why;
  }
}

// Such a tag may be anybody's.
TEST_F(RegistryPrunerTest, AnImageUnderSuchATagIsNoList) {
  StartWithImages();
  const Digest gone = Digest::Of("gone");
  ASSERT_TRUE(PushSample(first_, {image::ReferrersTag(gone)}).ok());
  const SampleImage single = MakeSampleImage({.seed = "single"});
  const Digest other = Digest::Of("other");
  ASSERT_TRUE(PushSample(single, {image::ReferrersTag(other)}).ok());
  const Plan plan = MakePlan();
  EXPECT_TRUE(plan.items.empty());
  ASSERT_EQ(plan.doubts.size(), 2u);
  EXPECT_NE(plan.doubts[0].name, plan.doubts[1].name);
  // A sparse index of an image, under the tag of a manifest that is there.
  ASSERT_TRUE(PushSample(first_, {ListOf(second_, 0)}).ok());
  Remove(first_.images[1].digest);
  for (const Item& item : MakePlan().items) EXPECT_EQ(item.tag, ListOf(first_, 1));
}

TEST_F(RegistryPrunerTest, WhatChangedSinceThePlanStays) {
  StartWithImages();
  Remove(first_.images[0].digest);
  Remove(first_.referrers[1].digest);
  const Plan plan = MakePlan();
  ASSERT_EQ(plan.items.size(), 2u);
  // Others join both lists.
  Behavior behavior = NoApi();
  behavior.manifests.check_children = false;
  registry().SetBehavior(behavior);
  const SampleImage more = MakeSampleImage({.platforms = 2, .attested = true, .statement = "more"});
  ASSERT_TRUE(PushSample(more, {"3"}).ok());
  const auto before = Tags();
  for (const std::string& text : Apply(plan)) EXPECT_TRUE(absl::StartsWith(text, "skipped: ")) << text;
  EXPECT_EQ(Tags(), before);
}

TEST_F(RegistryPrunerTest, ASubjectThatComesBackKeepsItsTag) {
  StartWithImages();
  const std::string tag = absl::StrCat(image::ReferrersTag(first_.images[0].digest), ".sig");
  ASSERT_TRUE(PushSample(MakeSampleImage({.seed = "signature"}), {tag}).ok());
  Remove(first_.images[0].digest);
  const Plan plan = MakePlan();
  ASSERT_EQ(plan.items.size(), 2u);
  PutAgain(first_, first_.images[0]);
  const auto before = Tags();
  EXPECT_EQ(Apply(plan), std::vector<std::string>(2, "skipped: its subject is there again"));
  EXPECT_EQ(Tags(), before);
}

TEST_F(RegistryPrunerTest, ByDigestWhereTagsAreNotDeleted) {
  StartWithImages();
  Remove(first_.images[0].digest);
  SetFault("status=405@manifest-delete,path=/manifests/sha256-");
  auto expected = Tags();
  EXPECT_EQ(Apply(MakePlan()), Done());
  expected.erase(ListOf(first_, 0));
  EXPECT_EQ(Tags(), expected);
}

TEST_F(RegistryPrunerTest, AManifestThatAnotherTagNamesIsNotDeleted) {
  StartWithImages();
  const SampleImage signature = MakeSampleImage({.seed = "signature"});
  const std::string gone = absl::StrCat(ListOf(first_, 0), ".sig");
  ASSERT_TRUE(PushSample(signature, {gone, "signature"}).ok());
  Remove(first_.images[0].digest);
  SetFault("status=405@manifest-delete,path=/manifests/sha256-");
  const Plan plan = MakePlan();
  ASSERT_EQ(plan.items.size(), 2u);
  const std::vector<std::string> outcomes = Apply(plan);
  EXPECT_EQ(outcomes[0], "removed");
  EXPECT_TRUE(absl::StartsWith(outcomes[1],
                               "failed: the registry does not delete tags, and the tag signature names the same "
                               "manifest: DELETE "))
      << outcomes[1];
  EXPECT_TRUE(Tags().contains(gone) && Tags().contains("signature"));
  // Where tags are deleted the other one stays.
  registry().SetBehavior(NoApi());
  EXPECT_EQ(Apply(MakePlan()), Done());
  EXPECT_TRUE(!Tags().contains(gone) && Tags().contains("signature"));
}

TEST_F(RegistryPrunerTest, ARegistryThatDeletesNothingIsAnError) {
  StartWithImages();
  Remove(first_.images[0].digest);
  Behavior behavior = NoApi();
  behavior.manifests.can_delete = false;
  registry().SetBehavior(behavior);
  const auto before = Tags();
  const std::vector<std::string> outcomes = Apply(MakePlan());
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_TRUE(absl::StartsWith(outcomes[0], "failed: the registry deletes neither tags nor manifests: DELETE "))
      << outcomes[0];
  EXPECT_TRUE(absl::StrContains(outcomes[0], "405")) << outcomes[0];
  EXPECT_EQ(Tags(), before);
}

TEST_F(RegistryPrunerTest, MoreThanTheLimitsIsADoubt) {
  StartWithImages();
  Remove(first_.images[0].digest);
  const Plan few_tags = MakePlan({.tags = 1});
  EXPECT_TRUE(few_tags.items.empty());
  EXPECT_EQ(few_tags.doubts.size(), 1u);
  const Plan few_entries = MakePlan({.entries = 0});
  EXPECT_TRUE(few_entries.items.empty());
  EXPECT_EQ(few_entries.doubts.size(), 3u) << "each list";
}

}  // namespace
}  // namespace waybill::oci::prune
