// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/root_directory.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::exporter::service {
namespace {

namespace fs = std::filesystem;

class RootDirectoryTest : public ::testing::Test {
 protected:
  RootDirectoryTest()
      : root_(
            absl::StrCat(::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::remove_all(root_);
  }

  void Put(const std::string& name) const {
    const fs::path path = fs::path(root_) / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "content";
  }
  bool Has(const std::string& name) const { return fs::exists(fs::path(root_) / name); }
  mode_t Mode() const {
    struct stat info = {};
    EXPECT_EQ(stat(root_.c_str(), &info), 0);
    return info.st_mode & 07777;
  }

  const std::string root_;
};

TEST_F(RootDirectoryTest, IsMadeForItsUserAlone) {
  EXPECT_TRUE(OpenRoot(root_).ok());
  EXPECT_EQ(Mode(), 0700u);
  fs::permissions(root_, fs::perms(0755));
  EXPECT_TRUE(OpenRoot(root_).ok());
  EXPECT_EQ(Mode(), 0700u);
}

TEST_F(RootDirectoryTest, SomebodyElsesIsRefusedUntouched) {
  Put("scratch/precious");
  fs::permissions(root_, fs::perms(0755));
  EXPECT_EQ(OpenRoot(root_).status(),
            oci::InvalidInputError("root " + root_ +
                                   ": it holds scratch and is no service's directory; give the service an empty one"));
  EXPECT_TRUE(Has("scratch/precious"));
  EXPECT_EQ(Mode(), 0755u);
}

TEST_F(RootDirectoryTest, AFileSystemOfItsOwnIsEmpty) {
  fs::create_directories(root_ + "/lost+found");
  EXPECT_TRUE(OpenRoot(root_).ok());
}

TEST_F(RootDirectoryTest, OnlyLeftoversGo) {
  Put("lock");  // as the service has made it from its first version on
  Put("blobs/sha256/blob");
  Put("scratch/precious");
  Put("scratch/waybill-0123456789abcdef/blobs/sha256/blob");
  Put("ingest/precious");
  Put("ingest/.waybill-0123456789abcdef");
  EXPECT_TRUE(OpenRoot(root_).ok());
  for (const char* kept : {"blobs/sha256/blob", "scratch/precious", "ingest/precious"}) EXPECT_TRUE(Has(kept)) << kept;
  EXPECT_FALSE(Has("scratch/waybill-0123456789abcdef"));
  EXPECT_FALSE(Has("ingest/.waybill-0123456789abcdef"));
}

TEST_F(RootDirectoryTest, HasOneUser) {
  std::optional<oci::file::Fd> lock = *OpenRoot(root_);
  EXPECT_EQ(OpenRoot(root_).status(), oci::InvalidInputError("root " + root_ + ": another service uses it"));
  lock.reset();
  EXPECT_TRUE(OpenRoot(root_).ok());
}

}  // namespace
}  // namespace waybill::exporter::service
