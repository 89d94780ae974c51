// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/store/blob_directory.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::exporter::bridge::store {
namespace {

namespace fs = std::filesystem;

class BlobDirectoryTest : public ::testing::Test {
 protected:
  BlobDirectoryTest() {
    root_ = fs::path(::testing::TempDir()) / ::testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(root_);
    fs::create_directories(root_ / "store/blobs/sha256");
  }
  fs::path BlobPath(absl::string_view bytes) const {
    return root_ / "store/blobs/sha256" / std::string(oci::Digest::Of(bytes).hex());
  }
  static oci::Descriptor DescriptorOf(absl::string_view bytes) {
    return {.digest = oci::Digest::Of(bytes), .size = static_cast<int64_t>(bytes.size())};
  }
  static void Write(const fs::path& path, absl::string_view bytes) { std::ofstream(path) << bytes; }
  BlobDirectory Open() const { return {*oci::file::OpenDirectory((root_ / "store").string()), "the store"}; }
  absl::StatusOr<std::string> Read(BlobDirectory& directory, absl::string_view bytes) const {
    return oci::content::VerifiedBytes(oci::Context(), directory, DescriptorOf(bytes), 1000);
  }

  fs::path root_;
};

TEST_F(BlobDirectoryTest, GivesTheFilesOfBlobs) {
  Write(BlobPath("one"), "one");
  BlobDirectory directory = Open();
  EXPECT_EQ(Read(directory, "one").value_or(""), "one");
  EXPECT_EQ(oci::ReasonOf(Read(directory, "two").status()), oci::Reason::kNotFound);
  const auto source = directory.Fetch(oci::Context(), {.digest = oci::Digest::Of("one"), .size = -1});
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ((*source)->size(), 3);
  const auto reader = (*source)->Open(oci::Context(), 2);
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ(*oci::io::ReadAll(oci::Context(), **reader, 10), "e");
}

TEST_F(BlobDirectoryTest, AnotherSizeIsRefused) {
  Write(BlobPath("one"), "longer");
  BlobDirectory directory = Open();
  EXPECT_EQ(oci::ReasonOf(Read(directory, "one").status()), oci::Reason::kVerification);
}

TEST_F(BlobDirectoryTest, FollowsNoLinkOnTheWay) {
  Write(root_ / "outside", "one");
  fs::create_symlink(root_ / "outside", BlobPath("one"));
  BlobDirectory directory = Open();
  EXPECT_FALSE(Read(directory, "one").ok()) << "the blob is a link";
  fs::remove(BlobPath("one"));
  Write(BlobPath("one"), "one");
  fs::rename(root_ / "store/blobs/sha256", root_ / "elsewhere");
  fs::create_directory_symlink(root_ / "elsewhere", root_ / "store/blobs/sha256");
  EXPECT_FALSE(Read(directory, "one").ok()) << "its directory is a link";
  EXPECT_TRUE(directory.SmallBlobs(10, 1000).empty());
}

TEST_F(BlobDirectoryTest, WaitsForNoFifo) {
  ASSERT_EQ(mkfifo(BlobPath("one").c_str(), 0600), 0);
  BlobDirectory directory = Open();
  EXPECT_EQ(oci::ReasonOf(Read(directory, "one").status()), oci::Reason::kInvalidInput);
}

TEST_F(BlobDirectoryTest, ListsSmallBlobs) {
  Write(BlobPath("one"), "one");
  Write(BlobPath("empty"), "");
  Write(BlobPath("large"), "large");
  Write(root_ / "store/blobs/sha256/no digest", "one");
  const std::vector<oci::Descriptor> blobs = Open().SmallBlobs(10, 4);
  ASSERT_EQ(blobs.size(), 1u);
  EXPECT_EQ(blobs[0].digest, oci::Digest::Of("one"));
  EXPECT_EQ(blobs[0].size, 3);
  EXPECT_TRUE(Open().SmallBlobs(0, 4).empty());
}

}  // namespace
}  // namespace waybill::exporter::bridge::store
