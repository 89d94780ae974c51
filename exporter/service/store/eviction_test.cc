// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/store/eviction.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace waybill::exporter::service::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

oci::Digest Named(const std::string& name) { return oci::Digest::Of(name); }

// Of 100 bytes, used so many minutes after the beginning of time.
StoredBlob Blob(const std::string& name, int minutes, std::vector<oci::Digest> references = {}) {
  return {.digest = Named(name),
          .size = 100,
          .last_used = absl::UnixEpoch() + absl::Minutes(minutes),
          .references = std::move(references)};
}

constexpr Room kAll = {.bytes = 1'000'000};
const absl::Time kNow = absl::UnixEpoch() + absl::Hours(100);

TEST(EvictionTest, LeastLatelyUsedGoFirstAndNoMoreThanIsNeeded) {
  const std::vector<StoredBlob> blobs = {Blob("b", 2), Blob("c", 3), Blob("a", 1)};
  EXPECT_THAT(ChooseEvicted(blobs, {}, {.bytes = 0}, kNow), IsEmpty());
  EXPECT_THAT(ChooseEvicted(blobs, {}, {.bytes = 1}, kNow), ElementsAre(Named("a")));
  EXPECT_THAT(ChooseEvicted(blobs, {}, {.bytes = 100}, kNow), ElementsAre(Named("a")));
  EXPECT_THAT(ChooseEvicted(blobs, {}, {.bytes = 101}, kNow), ElementsAre(Named("a"), Named("b")));
  EXPECT_THAT(ChooseEvicted(blobs, {}, {.blobs = 2}, kNow), ElementsAre(Named("a"), Named("b")));
  EXPECT_THAT(ChooseEvicted(blobs, {}, kAll, kNow), ElementsAre(Named("a"), Named("b"), Named("c")));
}

TEST(EvictionTest, WhatWasUsedLatelyStays) {
  const std::vector<StoredBlob> blobs = {Blob("old", 1), Blob("at the limit", 5), Blob("young", 6)};
  EXPECT_THAT(ChooseEvicted(blobs, {}, kAll, absl::UnixEpoch() + absl::Minutes(5)),
              ElementsAre(Named("old"), Named("at the limit")));
}

TEST(EvictionTest, HeldBlobsStayWithAllThatTheyReferTo) {
  const std::vector<StoredBlob> blobs = {Blob("index", 1, {Named("manifest"), Named("gone")}),
                                         Blob("manifest", 2, {Named("layer")}), Blob("layer", 3), Blob("other", 4)};
  EXPECT_THAT(ChooseEvicted(blobs, {.graphs = {Named("index")}}, kAll, kNow), ElementsAre(Named("other")));
  EXPECT_THAT(ChooseEvicted(blobs, {.graphs = {Named("manifest")}}, kAll, kNow),
              ElementsAre(Named("index"), Named("other")));
  // As containerd's gc.flat.
  EXPECT_THAT(ChooseEvicted(blobs, {.blobs = {Named("index")}}, kAll, kNow),
              ElementsAre(Named("manifest"), Named("layer"), Named("other")));
}

TEST(EvictionTest, ABlobThatIsHeldAloneHoldsItsPartsWhenAGraphHasItToo) {
  const std::vector<StoredBlob> blobs = {Blob("index", 1, {Named("manifest")}), Blob("manifest", 2, {Named("layer")}),
                                         Blob("layer", 3)};
  EXPECT_THAT(ChooseEvicted(blobs, {.graphs = {Named("index")}, .blobs = {Named("manifest")}}, kAll, kNow), IsEmpty());
}

TEST(EvictionTest, RootsStayWithAllThatTheyReferTo) {
  std::vector<StoredBlob> blobs = {Blob("root", 1, {Named("part")}), Blob("part", 2), Blob("other", 3)};
  blobs[0].is_root = true;
  EXPECT_THAT(ChooseEvicted(blobs, {}, kAll, kNow), ElementsAre(Named("other")));
}

TEST(EvictionTest, PartsAreUsedWithWhatRefersToThemAndGoAfterIt) {
  const std::vector<StoredBlob> blobs = {Blob("layer", 1), Blob("config", 1), Blob("older", 5),
                                         Blob("manifest", 9, {Named("layer"), Named("config")})};
  const std::vector<oci::Digest> evicted = ChooseEvicted(blobs, {}, kAll, kNow);
  ASSERT_EQ(evicted.size(), 4u);
  EXPECT_EQ(evicted[0], Named("older"));
  EXPECT_EQ(evicted[1], Named("manifest"));
}

TEST(EvictionTest, CyclesEnd) {
  const std::vector<StoredBlob> blobs = {Blob("a", 1, {Named("b")}), Blob("b", 2, {Named("a")})};
  EXPECT_THAT(ChooseEvicted(blobs, {.graphs = {Named("a")}}, kAll, kNow), IsEmpty());
  EXPECT_THAT(ChooseEvicted(blobs, {}, kAll, kNow).size(), 2u);
}

// The keys are those of containerd's documentation (docs/garbage-collection.md).
TEST(EvictionTest, LabelsAreContainerds) {
  const std::string digest = Named("x").ToString();
  StoredBlob blob = Blob("a", 1);
  ApplyLabels({{"containerd.io/gc.ref.content", digest},
               {"containerd.io/gc.ref.content.config", digest},
               {"containerd.io/gc.ref.content.l.0", digest},
               {"containerd.io/gc.ref.contents", digest},
               {"containerd.io/gc.ref.snapshot.overlayfs", digest},
               {"containerd.io/gc.ref.content.1", "no digest"},
               {"containerd.io/gc.root", ""}},
              blob);
  EXPECT_EQ(blob.references.size(), 3u);
  EXPECT_FALSE(blob.is_root);
  ApplyLabels({{"containerd.io/gc.root", "2026-01-01T00:00:00Z"}}, blob);
  EXPECT_TRUE(blob.is_root);
}

}  // namespace
}  // namespace waybill::exporter::service::store
