// SPDX-License-Identifier: Apache-2.0
// The store as a whole, with a clock of its own.
#include "exporter/service/store/keeper.h"

#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "exporter/service/store/kept_store.h"
#include "exporter/service/store/service_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/content/store/owner.h"
#include "oci/error.h"
#include "oci/file/testing/files.h"
#include "oci/io/string.h"

namespace waybill::exporter::service::store {
namespace {

using ::testing::HasSubstr;

class KeeperTest : public ::testing::Test {
 protected:
  void Start(const Limits& limits) {
    store_.reset();
    store_ = std::make_unique<ServiceStore>(ServiceStore::Options{.root = root_,
                                                                  .files = {.sync = false},
                                                                  .limits = limits,
                                                                  .now = [this] { return now_; },
                                                                  .on_evicted =
                                                                      [this](const Evicted& evicted) {
                                                                        evictions_.blobs += evicted.blobs;
                                                                        evictions_.bytes += evicted.bytes;
                                                                      }});
    ASSERT_TRUE(store_->Start().ok());
  }

  // A hundred bytes that begin with `name`.
  static std::string Bytes(std::string name) {
    name.resize(100, '.');
    return name;
  }
  static oci::Digest DigestOf(const std::string& name) { return oci::Digest::Of(Bytes(name)); }

  // Uploads them for a client; the last use is now.
  absl::Status Upload(const std::string& name, const std::string& client = "uid 1") {
    auto ingest = store_->ingests.Open({}, "ref-" + name, {}, client);
    if (!ingest.ok()) return ingest.status();
    absl::Status status = (*ingest)->Write(Bytes(name));
    if (status.ok()) status = (*ingest)->Commit({}, {}).status();
    ingest->reset();
    if (!status.ok()) {
      EXPECT_TRUE(store_->ingests.Abort("ref-" + name).ok());
      return status;
    }
    store_->keeper.Use(DigestOf(name));
    return status;
  }
  absl::Status Export(KeptStore& kept, const std::string& name) {
    return kept.Push({}, {.descriptor = {.digest = DigestOf(name), .size = 100},
                          .source = std::make_unique<oci::io::StringSource>(Bytes(name))});
  }
  bool Has(const std::string& name) { return store_->catalog.Info(DigestOf(name)).ok(); }
  // The next upload, or what was used before, is no longer young.
  void Later() { now_ += Keeper::kGrace + absl::Seconds(1); }

  const std::string root_ = oci::file::testing::NewTempDir();
  absl::Time now_ = absl::FromUnixSeconds(2'000'000'000);
  Evicted evictions_;
  std::unique_ptr<ServiceStore> store_;
};

TEST_F(KeeperTest, LeastLatelyUsedGoesFirst) {
  Start({.quota = 300});
  for (const char* name : {"a", "b", "c"}) {
    ASSERT_TRUE(Upload(name).ok());
    now_ += absl::Seconds(1);
  }
  Later();
  store_->keeper.Use(DigestOf("a"));
  ASSERT_TRUE(Upload("d").ok());
  EXPECT_TRUE(Has("a"));
  EXPECT_FALSE(Has("b"));
  EXPECT_FALSE(Has("c"));  // a little more than is needed goes
  EXPECT_TRUE(Has("d"));
  EXPECT_EQ(evictions_.blobs, 2);
  EXPECT_EQ(evictions_.bytes, 200);
  EXPECT_EQ(store_->keeper.all().bytes, 200);
}

TEST_F(KeeperTest, LastUsesAndSharesSurviveTheProcess) {
  Start({.quota = 300});
  for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(Upload(name, name).ok());
  now_ += absl::Seconds(1);
  store_->keeper.Use(DigestOf("a"));
  auto open = store_->ingests.Open({}, "open", {}, "uid 9");
  ASSERT_FALSE((*open)->Write("0123456789").ok());  // and there is no room
  ASSERT_TRUE(store_->ingests.Abort("open").ok());
  open->reset();
  Start({.quota = 300});
  EXPECT_EQ(store_->keeper.all().bytes, 300);
  EXPECT_EQ(store_->keeper.all().blobs, 3);
  EXPECT_EQ(oci::content::store::OwnerOf(store_->blobs.PathOf(DigestOf("b"))), "b");
  Later();
  ASSERT_TRUE(Upload("d").ok());
  EXPECT_TRUE(Has("a"));
  EXPECT_FALSE(Has("b"));
}

TEST_F(KeeperTest, ASmallerQuotaCountsFromTheStart) {
  Start({});
  for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(Upload(name).ok());
  Later();
  Start({.quota = 150});
  EXPECT_LE(store_->keeper.all().bytes, 150);
  EXPECT_EQ(store_->keeper.all().blobs, 1);
}

TEST_F(KeeperTest, WhatIsInUseStaysAndTheWriteIsRefused) {
  Start({.quota = 300});
  ASSERT_TRUE(Upload("leased").ok());
  ASSERT_TRUE(store_->leases.Create("lease", "uid 1", {}).ok());
  ASSERT_TRUE(store_->leases.Add("lease", {.type = "content", .id = DigestOf("leased").ToString()}).ok());
  ASSERT_TRUE(Upload("pinned").ok());
  auto pin = std::make_unique<Keeper::Pin>(store_->keeper);
  pin->Add(DigestOf("pinned"));
  Later();
  ASSERT_TRUE(Upload("young").ok());
  const absl::Status refused = Upload("d");
  EXPECT_EQ(oci::ReasonOf(refused), oci::Reason::kStorage);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("300 of its quota of 300 bytes are used (--store-quota)"));
  for (const char* name : {"leased", "pinned", "young"}) EXPECT_TRUE(Has(name)) << name;
  pin.reset();
  EXPECT_FALSE(Upload("d").ok());  // the store was looked at just now
  now_ += Keeper::kPause;
  EXPECT_TRUE(Upload("d").ok());
  EXPECT_FALSE(Has("pinned"));
  ASSERT_TRUE(store_->leases.Delete("lease").ok());
  Later();
  EXPECT_TRUE(Upload("e").ok());
  EXPECT_FALSE(Has("leased"));
}

TEST_F(KeeperTest, ALeaseHoldsWhatItsBlobsReferTo) {
  Start({.quota = 300});
  ASSERT_TRUE(Upload("layer").ok());
  ASSERT_TRUE(Upload("other").ok());
  ASSERT_TRUE(Upload("manifest").ok());
  ASSERT_TRUE(store_->catalog
                  .UpdateLabels(
                      DigestOf("manifest"),
                      [](Labels& labels) { labels["containerd.io/gc.ref.content.l.0"] = DigestOf("layer").ToString(); })
                  .ok());
  ASSERT_TRUE(store_->leases.Create("lease", "uid 1", {}).ok());
  ASSERT_TRUE(store_->leases.Add("lease", {.type = "content", .id = DigestOf("manifest").ToString()}).ok());
  Later();
  ASSERT_TRUE(Upload("d").ok());
  EXPECT_TRUE(Has("layer"));
  EXPECT_FALSE(Has("other"));
}

TEST_F(KeeperTest, AClientsLimitTakesItsOwnBlobs) {
  Start({.client_bytes = 200, .client_blobs = 10});
  ASSERT_TRUE(Upload("others", "uid 2").ok());
  ASSERT_TRUE(Upload("a").ok());
  ASSERT_TRUE(Upload("b").ok());
  const absl::Status refused = Upload("c");
  EXPECT_THAT(std::string(refused.message()), HasSubstr("client uid 1 would have more than 200 bytes here"));
  Later();
  ASSERT_TRUE(Upload("c").ok());
  EXPECT_TRUE(Has("others"));
  EXPECT_FALSE(Has("a"));
}

TEST_F(KeeperTest, BlobsOfAClientAreLimitedInNumber) {
  Start({.client_blobs = 2});
  ASSERT_TRUE(Upload("a").ok());
  ASSERT_TRUE(Upload("b").ok());
  EXPECT_THAT(std::string(Upload("c").message()), HasSubstr("(--client-blobs)"));
  ASSERT_TRUE(store_->keeper.Delete(DigestOf("a")).ok());
  EXPECT_TRUE(Upload("c").ok());
}

TEST_F(KeeperTest, UploadsOfAClientAreLimited) {
  Start({.client_uploads = 2});
  ASSERT_TRUE(store_->ingests.Open({}, "1", {}, "uid 1").ok());
  ASSERT_TRUE(store_->ingests.Open({}, "2", {}, "uid 1").ok());
  EXPECT_THAT(std::string(store_->ingests.Open({}, "3", {}, "uid 1").status().message()),
              HasSubstr("2 unfinished uploads here (--client-uploads)"));
  EXPECT_TRUE(store_->ingests.Open({}, "1", {}, "uid 1").ok());  // goes on
  EXPECT_TRUE(store_->ingests.Open({}, "3", {}, "uid 2").ok());
  EXPECT_FALSE(std::filesystem::exists(root_ + "/uploads/" + std::string(oci::Digest::Of("4").hex())));
  Start({.client_uploads = 2});
  EXPECT_FALSE(store_->ingests.Open({}, "4", {}, "uid 1").ok());
  ASSERT_TRUE(store_->ingests.Abort("1").ok());
  EXPECT_TRUE(store_->ingests.Open({}, "4", {}, "uid 1").ok());
}

TEST_F(KeeperTest, BytesOfUploadsCountUntilTheyGo) {
  Start({.quota = 100});
  auto ingest = store_->ingests.Open({}, "1", {}, "uid 1");
  ASSERT_TRUE((*ingest)->Write(std::string(60, 'x')).ok());
  EXPECT_FALSE((*ingest)->Write(std::string(50, 'x')).ok());
  EXPECT_EQ((*ingest)->status().offset, 60);
  EXPECT_EQ(store_->keeper.all().bytes, 60);
  ASSERT_TRUE((*ingest)->Restart().ok());
  EXPECT_EQ(store_->keeper.all().bytes, 0);
  ASSERT_TRUE((*ingest)->Write(std::string(100, 'x')).ok());
  ASSERT_TRUE(store_->ingests.Abort("1").ok());
  EXPECT_EQ(store_->keeper.all().bytes, 0);
  // Bytes that nobody can see do not fill the disk.
  EXPECT_EQ((*ingest)->Write("more").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ((*ingest)->Restart().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->keeper.all().bytes, 0);
  EXPECT_EQ(store_->keeper.all().uploads, 0);
}

TEST_F(KeeperTest, AnUploadThatCannotFitIsKnownBefore) {
  Start({.quota = 200});
  ASSERT_TRUE(Upload("a").ok());
  EXPECT_FALSE(store_->keeper.Prepare("uid 1", 101).ok());
  EXPECT_TRUE(store_->keeper.Prepare("uid 1", 100).ok());
  Later();
  EXPECT_FALSE(store_->keeper.Prepare("uid 1", 201).ok());
  EXPECT_EQ(store_->keeper.all().bytes, 0);  // it was the best that could be done
}

TEST_F(KeeperTest, WhatTwoUploadsBringIsOneBlob) {
  Start({.quota = 1000});
  for (const char* ref : {"1", "2"}) {
    auto ingest = store_->ingests.Open({}, ref, {}, "uid 1");
    ASSERT_TRUE((*ingest)->Write(Bytes("same")).ok());
    EXPECT_EQ((*ingest)->Commit({}, {}).ok(), std::string(ref) == "1");
  }
  EXPECT_EQ(store_->keeper.all().bytes, 100);
  EXPECT_EQ(store_->keeper.all().blobs, 1);
  EXPECT_EQ(store_->keeper.all().uploads, 0);
}

TEST_F(KeeperTest, ExportsCountAndHoldWhatTheyLeave) {
  Start({.quota = 250});
  ASSERT_TRUE(store_->leases.Create("lease", "uid 1", {}).ok());
  {
    KeptStore kept(store_->blobs, store_->keeper, store_->leases, {.client = "uid 1", .lease = "lease"});
    ASSERT_TRUE(Export(kept, "a").ok());
    ASSERT_TRUE(Export(kept, "a").ok());
    EXPECT_EQ(store_->keeper.all().bytes, 100);
    EXPECT_EQ(oci::content::store::OwnerOf(store_->blobs.PathOf(DigestOf("a"))), "uid 1");
    EXPECT_EQ(store_->leases.Resources("lease")->size(), 1u);
  }
  KeptStore kept(store_->blobs, store_->keeper, store_->leases, {.client = "uid 1", .lease = ""});
  ASSERT_TRUE(Export(kept, "b").ok());
  Later();
  EXPECT_EQ(Export(kept, "c").code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(Has("a"));
  EXPECT_TRUE(Has("b"));
  EXPECT_EQ(store_->keeper.all().bytes, 200);
}

TEST_F(KeeperTest, WhatAnExportWritesTakesItsRoomAtOnce) {
  Start({.quota = 250});
  KeptStore kept(store_->blobs, store_->keeper, store_->leases, {.client = "uid 1", .lease = ""});
  for (int i = 0; i < 2; ++i) {  // the second finds what the first made
    auto writer = kept.NewWriter({});
    ASSERT_TRUE((*writer)->Write(Bytes("a")).ok());
    EXPECT_EQ(store_->keeper.all().bytes, 100 + 100 * i);
    EXPECT_EQ((*writer)->Commit({}, "type", {})->digest, DigestOf("a"));
    writer->reset();
    EXPECT_EQ(store_->keeper.all().bytes, 100);
    EXPECT_EQ(store_->keeper.all().blobs, 1);
  }
  EXPECT_EQ(oci::content::store::OwnerOf(store_->blobs.PathOf(DigestOf("a"))), "uid 1");
  auto writer = kept.NewWriter({});
  ASSERT_TRUE((*writer)->Write(Bytes("b")).ok());
  EXPECT_EQ((*writer)->Write(Bytes("c")).code(), absl::StatusCode::kResourceExhausted);
  writer->reset();
  EXPECT_EQ(store_->keeper.all().bytes, 100);
}

TEST_F(KeeperTest, ExportsOfTheSameBlobCountItOnce) {
  Start({.quota = 100'000});
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([this] {
      KeptStore kept(store_->blobs, store_->keeper, store_->leases, {.client = "uid 1", .lease = ""});
      for (int j = 0; j < 20; ++j) EXPECT_TRUE(Export(kept, std::to_string(j)).ok());
    });
  }
  threads.clear();
  EXPECT_EQ(store_->keeper.all().bytes, 2000);
  EXPECT_EQ(store_->keeper.all().blobs, 20);
}

}  // namespace
}  // namespace waybill::exporter::service::store
