// SPDX-License-Identifier: Apache-2.0
#include "oci/content/temporary_store.h"

#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "gtest/gtest.h"
#include "oci/io/string.h"

namespace waybill::oci::content {
namespace {

TEST(TemporaryStoreTest, GoesWithItsBlobs) {
  const std::string parent = ::testing::TempDir() + "/stores";
  absl::StatusOr<std::unique_ptr<TemporaryStore>> first = TemporaryStore::Create(parent);
  absl::StatusOr<std::unique_ptr<TemporaryStore>> second = TemporaryStore::Create(parent);
  ASSERT_TRUE(first.ok() && second.ok());
  const std::string root = (*first)->store().root();
  EXPECT_NE(root, (*second)->store().root());
  struct stat info;
  ASSERT_EQ(stat(root.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  const Descriptor blob{.digest = Digest::Of("hello"), .size = 5};
  ASSERT_TRUE((*first)->store().Push(Context(), {blob, std::make_unique<io::StringSource>("hello")}).ok());
  EXPECT_TRUE(std::filesystem::exists((*first)->store().PathOf(blob.digest)));
  first->reset();
  second->reset();
  EXPECT_TRUE(std::filesystem::is_empty(parent));
}

TEST(TemporaryStoreTest, NamesThePathThatCannotBeMade) {
  const absl::Status status = TemporaryStore::Create("/proc/nowhere").status();
  EXPECT_FALSE(status.ok());
  EXPECT_NE(status.message().find("/proc/nowhere"), absl::string_view::npos) << status;
}

}  // namespace
}  // namespace waybill::oci::content
