// SPDX-License-Identifier: Apache-2.0
#include "oci/prune/layout_pruner.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/file/testing/files.h"
#include "oci/image/media_types.h"
#include "oci/image/referrers_tag.h"
#include "oci/io/string.h"
#include "oci/layout/directory.h"
#include "oci/prune/testing/sample_layout.h"

namespace waybill::oci::prune {
namespace {

using file::testing::NewTempDir;
using file::testing::ReadFile;
using file::testing::WriteFile;
using testing::FilesOf;
using testing::SampleLayout;

class LayoutPrunerTest : public ::testing::Test {
 protected:
  Plan MakePlan(PruneOptions options = {}) {
    pruner_ = std::make_unique<LayoutPruner>(layout_.root, options);
    const auto plan = pruner_->MakePlan(Context());
    EXPECT_TRUE(plan.ok()) << plan.status();
    return plan.value_or(Plan{});
  }
  // How often each outcome came, "removed", or why not.
  std::map<std::string, int> Apply(const Plan& plan) {
    const auto outcomes = pruner_->Apply(Context(), plan);
    EXPECT_TRUE(outcomes.ok()) << outcomes.status();
    std::map<std::string, int> counts;
    for (const Outcome& outcome : outcomes.value_or(std::vector<Outcome>())) {
      EXPECT_NE(outcome.how, Outcome::How::kFailed) << outcome.status;
      ++counts[outcome.how == Outcome::How::kRemoved ? "removed" : outcome.why];
    }
    return counts;
  }
  static int Count(const Plan& plan, Kind kind) {
    return static_cast<int>(
        std::count_if(plan.items.begin(), plan.items.end(), [&](const Item& item) { return item.kind == kind; }));
  }
  std::map<std::string, std::string> Files() const { return FilesOf(layout_.root); }

  SampleLayout layout_ = testing::MakeSampleLayout(NewTempDir() + "/layout");
  std::unique_ptr<LayoutPruner> pruner_;
};

TEST_F(LayoutPrunerTest, NothingIsGone) {
  const auto before = Files();
  const Plan plan = MakePlan();
  EXPECT_TRUE(plan.items.empty());
  EXPECT_TRUE(plan.doubts.empty());
  EXPECT_TRUE(Apply(plan).empty());
  EXPECT_EQ(Files(), before);
}

// What is left is what a layout has that never had the image.
TEST_F(LayoutPrunerTest, AnImageThatIsGoneGoesWithAllThatRefersToIt) {
  layout_.RemoveFirst();
  const auto before = Files();
  const Plan plan = MakePlan();
  EXPECT_EQ(Files(), before) << "a plan writes nothing";
  EXPECT_EQ(Count(plan, Kind::kLayoutEntry), 2) << "a signature and one on it";
  EXPECT_EQ(Count(plan, Kind::kFallbackTag), 1);
  EXPECT_EQ(Count(plan, Kind::kCosignTag), 1);
  EXPECT_GT(Count(plan, Kind::kBlob), 10);
  EXPECT_TRUE(plan.doubts.empty());
  EXPECT_EQ(Apply(plan), (std::map<std::string, int>{{"removed", static_cast<int>(plan.items.size())}}));
  EXPECT_EQ(Files(), FilesOf(testing::MakeSecondAlone(NewTempDir() + "/layout")));
  EXPECT_TRUE(MakePlan().items.empty());
}

TEST_F(LayoutPrunerTest, TheRestOfTheIndexStaysByteForByte) {
  const std::string path = layout_.root + "/index.json";
  layout_.RemoveFirst();
  MakePlan();
  WriteFile(path,
            absl::StrReplaceAll(ReadFile(path), {{R"({"schemaVersion":2,)", "{ \"x\":[1, 2],\n\"schemaVersion\":2,"}}));
  Apply(MakePlan());
  const std::string second = ReadFile(testing::MakeSecondAlone(NewTempDir() + "/layout") + "/index.json");
  EXPECT_EQ(ReadFile(path),
            absl::StrReplaceAll(second, {{R"({"schemaVersion":2,)", "{ \"x\":[1, 2],\n\"schemaVersion\":2,"}}));
}

TEST_F(LayoutPrunerTest, NewBlobsStay) {
  layout_.RemoveFirst();
  const Plan plan = MakePlan({.blobs_before = absl::Now() - absl::Hours(1)});
  EXPECT_EQ(Count(plan, Kind::kBlob), 0);
  ASSERT_EQ(plan.doubts.size(), 1u);
  EXPECT_TRUE(absl::StrContains(plan.doubts[0].why, "they are new")) << plan.doubts[0].why;
  const size_t blobs = Files().size();
  EXPECT_EQ(Apply(plan), (std::map<std::string, int>{{"removed", 4}}));
  EXPECT_EQ(Files().size(), blobs);
}

TEST_F(LayoutPrunerTest, WhatChangedSinceThePlanStays) {
  const std::string path = layout_.root + "/index.json";
  const std::string whole = ReadFile(path);
  layout_.RemoveFirst();
  const Plan plan = MakePlan();
  WriteFile(path, whole);
  const auto before = Files();
  const auto outcomes = Apply(plan);
  EXPECT_FALSE(outcomes.contains("removed"));
  EXPECT_EQ(outcomes.at("it has changed, or its subject is there"), 4);
  EXPECT_EQ(Files(), before);
}

// An entry that came since the plan is not removed, and what it needs stays.
TEST_F(LayoutPrunerTest, WhatThePlanDoesNotNameStays) {
  layout_.RemoveFirst();
  Plan plan = MakePlan();
  const auto signature = std::find_if(plan.items.begin(), plan.items.end(),
                                      [](const Item& item) { return item.kind == Kind::kLayoutEntry; });
  const Item kept = *signature;
  plan.items.erase(signature);
  const auto outcomes = Apply(plan);
  EXPECT_GT(outcomes.at("it is gone, or needed now"), 0);
  const auto files = Files();
  EXPECT_TRUE(files.contains("blobs/sha256/" + std::string(kept.digest.hex())));
  EXPECT_TRUE(absl::StrContains(files.at("index.json"), kept.digest.ToString()));
}

// The list names a manifest that refers to another image.
TEST_F(LayoutPrunerTest, ATagThatIsNoListIsADoubt) {
  layout_.Enter({layout_.second.root}, image::ReferrersTag(Digest::Of("gone")));
  const Plan plan = MakePlan();
  EXPECT_TRUE(plan.items.empty());
  ASSERT_EQ(plan.doubts.size(), 1u);
  EXPECT_EQ(plan.doubts[0].name, image::ReferrersTag(Digest::Of("gone")));
}

TEST_F(LayoutPrunerTest, BlobsStayWhereADocumentIsNotUnderstood) {
  layout_.RemoveFirst();
  const std::string path = layout_.root + "/index.json";
  const std::string index = ReadFile(path);
  const std::string unknown =
      absl::StrCat(R"("manifests":[{"mediaType":"application/vnd.oci.artifact.manifest.v1+json",)", R"("digest":")",
                   Digest::Of("x").ToString(), R"(","size":1},)");
  WriteFile(path, absl::StrReplaceAll(index, {{R"("manifests":[)", unknown}}));
  EXPECT_EQ(Count(MakePlan(), Kind::kBlob), 0);
  ASSERT_EQ(MakePlan().doubts.size(), 1u);
  EXPECT_TRUE(absl::StrContains(MakePlan().doubts[0].why, "what that needs is not known"));
  WriteFile(path, index);
  WriteFile(layout_.root + "/manifest.json", "[]");
  EXPECT_EQ(Count(MakePlan(), Kind::kBlob), 0);
  EXPECT_EQ(MakePlan().doubts.size(), 1u);
}

TEST_F(LayoutPrunerTest, ADocumentThatCannotBeReadStopsEverything) {
  layout_.RemoveFirst();
  const std::string path = absl::StrCat(layout_.root, "/blobs/sha256/", layout_.second.images[0].digest.hex());
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  const std::string bytes = ReadFile(path);
  WriteFile(path, absl::StrReplaceAll(bytes, {{"schemaVersion", "schemaversion"}, {"layers", "Layers"}}));
  const absl::Status status = LayoutPruner(layout_.root, {}).MakePlan(Context()).status();
  EXPECT_EQ(ReasonOf(status), Reason::kVerification) << status;
}

TEST_F(LayoutPrunerTest, BlobsBehindALinkAreOthersToo) {
  layout_.RemoveFirst();
  std::filesystem::rename(layout_.root + "/blobs", layout_.root + "/../shared");
  std::filesystem::create_directory_symlink("../shared", layout_.root + "/blobs");
  const absl::Status status = LayoutPruner(layout_.root, {}).MakePlan(Context()).status();
  EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput) << status;
}

// It found a blob that it needs, which nothing names yet.
TEST_F(LayoutPrunerTest, AnExportThatCountsOnABlobNoticesThatItIsGone) {
  layout_.RemoveFirst();
  const auto directory = layout::Directory::Open(layout_.root);
  ASSERT_TRUE(directory.ok()) << directory.status();
  const Descriptor& image = layout_.first.images[0];
  EXPECT_EQ((*directory)->Exists(Context(), image).value_or(false), true);
  const Plan plan = MakePlan();
  EXPECT_GT(Apply(plan)["removed"], 0);
  EXPECT_EQ(ReasonOf((*directory)->Tag(Context(), image, "x:1")), Reason::kNotFound);
  // As far as pushed: what the export wrote itself stays.
  const std::string text = "new";
  const Descriptor blob{.media_type = "a/b", .digest = Digest::Of(text), .size = 3};
  ASSERT_EQ((*directory)->Push(Context(), {.descriptor = blob, .source = std::make_unique<io::StringSource>(text)}),
            absl::OkStatus());
  const absl::Status tagged = (*directory)->Tag(Context(), blob, "x:1");
  EXPECT_EQ(ReasonOf(tagged), Reason::kConflict) << tagged;
}

}  // namespace
}  // namespace waybill::oci::prune
