// SPDX-License-Identifier: Apache-2.0
#include "exporter/attestations/listed_blobs.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "attest/manifest.h"
#include "attest/reader/testing/images.h"
#include "attest/reader/testing/memory_place.h"
#include "exporter/attestations/listing.h"
#include "gtest/gtest.h"
#include "oci/content/copy_graph.h"
#include "oci/error.h"
#include "oci/file/testing/files.h"
#include "oci/io/stream.h"
#include "oci/layout/directory.h"

namespace waybill::exporter::attestations {
namespace {

// root/app is a layout of one image with one statement.
class ListedBlobsTest : public ::testing::Test {
 protected:
  ListedBlobsTest() : root_(oci::file::testing::NewTempDir()) {
    namespace images = attest::reader::testing;
    images::MemoryPlace place;
    const oci::Descriptor image = images::AddImage(place, "amd64");
    statement_ = images::AddStatement(place, image, "https://spdx.dev/Document");
    const oci::Descriptor index = images::AddIndex(
        place, {image, images::AddAttestation(place, attest::AttestationForm::kArtifact, image, {*statement_})});
    auto layout = oci::layout::Directory::Open(absl::StrCat(root_, "/app"));
    EXPECT_TRUE(layout.ok()) << layout.status();
    EXPECT_EQ(oci::content::CopyGraph({}, place, **layout, index, {}), absl::OkStatus());
    EXPECT_EQ((*layout)->Tag({}, index, "1"), absl::OkStatus());
    bytes_ = *oci::content::VerifiedBytes({}, place, *statement_, 1 << 20);
    policy_ = *Policy::Create({.layouts = {root_}});
  }

  std::string BlobPath() const { return absl::StrCat(root_, "/app/blobs/sha256/", statement_->digest.hex()); }
  absl::StatusOr<std::string> Read(ListedBlobs& blobs, const oci::Digest& digest) {
    auto source = blobs.Fetch({}, {.digest = digest, .size = -1});
    if (!source.ok()) return source.status();
    return oci::io::ReadAll({}, **source, 1 << 20);
  }

  const std::string root_;
  std::optional<oci::Descriptor> statement_;
  std::string bytes_;
  Policy policy_;
  const oci::places::ClientOf no_client_ = [] { return oci::NotFoundError("no client"); };
};

TEST_F(ListedBlobsTest, WhatWasListedAndNothingElse) {
  const Lister lister(*Policy::Create({.layouts = {root_}}), no_client_);
  EXPECT_EQ(oci::ReasonOf(Read(lister.listed(), statement_->digest).status()), oci::Reason::kNotFound);
  EXPECT_FALSE(lister.listed().SizeOf(statement_->digest).has_value());
  const auto listing = lister.List({}, "oci:app:1", {});
  ASSERT_TRUE(listing.ok()) << listing.status();
  ASSERT_EQ((*listing)->entries().size(), 1u);
  EXPECT_EQ(lister.listed().SizeOf(statement_->digest), statement_->size);
  EXPECT_EQ(*Read(lister.listed(), statement_->digest), bytes_);
  // The image's own manifest is in the same layout, and no attestation.
  EXPECT_EQ(oci::ReasonOf(Read(lister.listed(), (*listing)->entries()[0].about->descriptor.digest).status()),
            oci::Reason::kNotFound);
}

TEST_F(ListedBlobsTest, TheFirstAreForgottenFirst) {
  ListedBlobs blobs(policy_, no_client_, /*most=*/2);
  const auto blob = [](const std::string& text) { return oci::Descriptor{.digest = oci::Digest::Of(text), .size = 1}; };
  blobs.Remember("oci:app:1", {blob("a"), blob("b"), blob("a")});
  EXPECT_TRUE(blobs.SizeOf(oci::Digest::Of("a")).has_value());
  blobs.Remember("oci:app:1", {blob("c")});
  EXPECT_FALSE(blobs.SizeOf(oci::Digest::Of("a")).has_value());
  EXPECT_TRUE(blobs.SizeOf(oci::Digest::Of("b")).has_value());
  EXPECT_TRUE(blobs.SizeOf(oci::Digest::Of("c")).has_value());
}

TEST_F(ListedBlobsTest, SoManyAreOpenAtOnce) {
  ListedBlobs blobs(policy_, no_client_);
  blobs.Remember("oci:app:1", {*statement_});
  std::vector<std::unique_ptr<oci::io::Source>> open;
  for (int i = 0; i < ListedBlobs::kMostOpen; ++i) {
    auto source = blobs.Fetch({}, *statement_);
    ASSERT_TRUE(source.ok()) << source.status();
    open.push_back(*std::move(source));
  }
  EXPECT_TRUE(absl::IsUnavailable(blobs.Fetch({}, *statement_).status()));
  open.pop_back();
  EXPECT_EQ(*Read(blobs, statement_->digest), bytes_);
}

TEST_F(ListedBlobsTest, ThePolicyIsAskedAgain) {
  const Policy none = *Policy::Create({});
  ListedBlobs blobs(none, no_client_);
  blobs.Remember("oci:app:1", {*statement_});
  EXPECT_TRUE(absl::IsPermissionDenied(Read(blobs, statement_->digest).status()));
}

TEST_F(ListedBlobsTest, OtherBytesThanWereListed) {
  ListedBlobs blobs(policy_, no_client_);
  blobs.Remember("oci:app:1", {*statement_});
  std::string other = bytes_;
  other.back() = ' ';
  oci::file::testing::WriteFile(BlobPath(), other);
  const absl::Status changed = Read(blobs, statement_->digest).status();
  EXPECT_EQ(oci::ReasonOf(changed), oci::Reason::kVerification) << changed;
  oci::file::testing::WriteFile(BlobPath(), bytes_ + " ");
  const absl::Status longer = Read(blobs, statement_->digest).status();
  EXPECT_EQ(oci::ReasonOf(longer), oci::Reason::kVerification) << longer;
  std::filesystem::remove(BlobPath());
  const absl::Status gone = Read(blobs, statement_->digest).status();
  EXPECT_EQ(oci::ReasonOf(gone), oci::Reason::kNotFound) << gone;
  EXPECT_EQ(std::string(gone.message()).find("/proc/"), std::string::npos) << gone;
}

}  // namespace
}  // namespace waybill::exporter::attestations
