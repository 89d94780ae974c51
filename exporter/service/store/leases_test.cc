// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/store/leases.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/file/testing/files.h"

namespace waybill::exporter::service::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LeasesTest : public ::testing::Test {
 protected:
  LeasesTest() { Restart(); }

  void Restart() {
    leases_ = std::make_unique<Leases>(directory_, [this] { return now_; });
  }
  std::vector<std::string> Ids() {
    std::vector<std::string> ids;
    for (const Lease& lease : leases_->List()) ids.push_back(lease.id);
    return ids;
  }
  static LeasedResource Content(const std::string& bytes) {
    return {.type = "content", .id = oci::Digest::Of(bytes).ToString()};
  }

  const std::string directory_ = oci::file::testing::NewTempDir() + "/leases";
  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  std::unique_ptr<Leases> leases_;
};

TEST_F(LeasesTest, SurviveTheProcess) {
  ASSERT_TRUE(leases_->Create("a", "uid 1", {{"key", "value"}}).ok());
  ASSERT_TRUE(leases_->Add("a", Content("x")).ok());
  ASSERT_TRUE(leases_->Add("a", Content("y")).ok());
  ASSERT_TRUE(leases_->Add("a", {.type = "ingests", .id = "upload"}).ok());
  ASSERT_TRUE(leases_->Remove("a", Content("y")).ok());
  Restart();
  ASSERT_THAT(Ids(), ElementsAre("a"));
  const Lease lease = leases_->List()[0];
  EXPECT_EQ(lease.client, "uid 1");
  EXPECT_EQ(lease.created_at, now_);
  EXPECT_EQ(lease.labels.at("key"), "value");
  EXPECT_THAT(*leases_->Resources("a"), ElementsAre(Content("x"), LeasedResource{"ingests", "upload"}));
  EXPECT_THAT(leases_->held().graphs, ElementsAre(oci::Digest::Of("x")));
  EXPECT_TRUE(leases_->HoldsUpload("upload"));
  EXPECT_FALSE(leases_->HoldsUpload("another"));
  ASSERT_TRUE(leases_->Delete("a").ok());
  Restart();
  EXPECT_THAT(Ids(), IsEmpty());
}

TEST_F(LeasesTest, Expire) {
  ASSERT_TRUE(leases_->Create("a", "", {{"containerd.io/gc.expire", "2023-11-14T22:14:00Z"}}).ok());  // in 40 seconds
  ASSERT_TRUE(leases_->Add("a", Content("x")).ok());
  now_ += absl::Seconds(39);
  EXPECT_THAT(Ids(), ElementsAre("a"));
  now_ += absl::Seconds(1);
  EXPECT_THAT(leases_->held().graphs, IsEmpty());
  EXPECT_EQ(leases_->Check("a").code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(std::filesystem::is_empty(directory_));
  EXPECT_TRUE(leases_->Create("a", "", {}).ok());
}

TEST_F(LeasesTest, FlatOnesHoldBlobsAlone) {
  ASSERT_TRUE(leases_->Create("a", "", {{"containerd.io/gc.flat", "true"}}).ok());
  ASSERT_TRUE(leases_->Add("a", Content("x")).ok());
  EXPECT_THAT(leases_->held().graphs, IsEmpty());
  EXPECT_THAT(leases_->held().blobs, ElementsAre(oci::Digest::Of("x")));
}

TEST_F(LeasesTest, WhatIsWrongIsRefused) {
  ASSERT_TRUE(leases_->Create("a", "", {}).ok());
  const auto code = [](const absl::Status& status) { return status.code(); };
  EXPECT_EQ(code(leases_->Create("a", "", {}).status()), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(code(leases_->Create("", "", {}).status()), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(leases_->Create(std::string(1025, 'a'), "", {}).status()), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(leases_->Create("b", "", {{"containerd.io/gc.expire", "tomorrow"}}).status()),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(leases_->Create("b", "", {{"k", std::string(17 << 10, 'v')}}).status()),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(leases_->Delete("b"), oci::NotFoundError("lease b: not found"));
  EXPECT_EQ(leases_->Add("b", Content("x")), oci::NotFoundError("lease b: not found"));
  EXPECT_EQ(code(leases_->Resources("b").status()), absl::StatusCode::kNotFound);
  EXPECT_EQ(code(leases_->Add("a", {.type = "content", .id = "x"})), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(leases_->Add("a", {.type = "snapshots/overlayfs", .id = "x"})), absl::StatusCode::kUnimplemented);
  EXPECT_TRUE(leases_->Remove("a", Content("x")).ok());  // as in containerd
}

TEST_F(LeasesTest, OneClientDoesNotHaveThemAll) {
  for (size_t i = 0; i < Leases::kMaxOfOne; ++i) ASSERT_TRUE(leases_->Create(absl::StrCat(i), "uid 1", {}).ok());
  EXPECT_EQ(leases_->Create("more", "uid 1", {}).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(leases_->Create("more", "uid 2", {}).ok());
}

TEST_F(LeasesTest, AFileThatIsCutOffIsPassedOver) {
  ASSERT_TRUE(leases_->Create("a", "", {}).ok());
  ASSERT_TRUE(leases_->Create("b", "", {}).ok());
  const std::string path = absl::StrCat(directory_, "/", oci::Digest::Of("a").hex(), ".json");
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  Restart();
  EXPECT_THAT(Ids(), ElementsAre("b"));
}

}  // namespace
}  // namespace waybill::exporter::service::store
