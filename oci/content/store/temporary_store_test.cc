// SPDX-License-Identifier: Apache-2.0
#include "oci/content/store/temporary_store.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "oci/io/string.h"

namespace waybill::oci::content::store {
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

// Keeps a store with a blob in `parent` until it is killed.
[[noreturn]] void StoreAndDie(const std::string& parent) {
  const absl::StatusOr<std::unique_ptr<TemporaryStore>> store = TemporaryStore::Create(parent);
  const Descriptor blob{.digest = Digest::Of("hello"), .size = 5};
  if ((*store)->store().Push(Context(), {blob, std::make_unique<io::StringSource>("hello")}).ok()) raise(SIGKILL);
  _exit(1);
}

std::vector<std::string> NamesIn(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

TEST(TemporaryStoreTest, RemovesWhatKilledProcessesLeft) {
  const std::string parent = ::testing::TempDir() + "/abandoned";
  EXPECT_EXIT(StoreAndDie(parent), ::testing::KilledBySignal(SIGKILL), "");
  EXPECT_EXIT(StoreAndDie(parent), ::testing::KilledBySignal(SIGKILL), "");
  ASSERT_EQ(NamesIn(parent).size(), 2u);
  const absl::StatusOr<std::unique_ptr<TemporaryStore>> mine = TemporaryStore::Create(parent);
  ASSERT_TRUE(mine.ok());
  TemporaryStore::RemoveAbandoned(parent);
  EXPECT_EQ(NamesIn(parent),
            std::vector<std::string>{std::filesystem::path((*mine)->store().root()).filename().string()});
}

TEST(TemporaryStoreTest, LeavesWhatIsNotItsOwn) {
  const std::string parent = ::testing::TempDir() + "/shared";
  const std::string precious = ::testing::TempDir() + "/precious";
  std::filesystem::create_directories(precious);
  std::ofstream(precious + "/file") << "precious";
  // Names that are almost ours, and ours on what is no directory of ours.
  for (const char* name :
       {"waybill-", "waybill-0123456789abcde", "waybill-0123456789abcdef0", "waybill-0123456789ABCDEF",
        "waybill-0123456789abcdeg", "other-0123456789abcdef", "xwaybill-0123456789abcdef"}) {
    std::filesystem::create_directories(parent + "/" + name);
  }
  std::filesystem::create_directory_symlink(precious, parent + "/waybill-0000000000000001");
  std::ofstream(parent + "/waybill-0000000000000002") << "a file";
  std::filesystem::create_symlink("nowhere", parent + "/waybill-0000000000000003");
  if (geteuid() == 0) {
    const std::string anothers = parent + "/waybill-0000000000000004";
    std::filesystem::create_directories(anothers);
    ASSERT_EQ(chown(anothers.c_str(), 1, 1), 0);
  }
  const std::vector<std::string> before = NamesIn(parent);
  // One that is ours, with a way out of it.
  const std::string abandoned = parent + "/waybill-0000000000000005";
  std::filesystem::create_directories(abandoned);
  std::filesystem::create_directory_symlink(precious, abandoned + "/blobs");

  TemporaryStore::RemoveAbandoned(parent);
  EXPECT_EQ(NamesIn(parent), before);
  EXPECT_TRUE(std::filesystem::exists(precious + "/file"));
}

TEST(TemporaryStoreTest, APlaceThatIsNoDirectoryStaysAsItIs) {
  const std::string parent = ::testing::TempDir() + "/places";
  std::filesystem::create_directories(parent);
  std::ofstream(parent + "/file") << "precious";
  TemporaryStore::RemoveAbandoned(parent + "/nowhere");
  TemporaryStore::RemoveAbandoned(parent + "/file");
  EXPECT_EQ(NamesIn(parent), std::vector<std::string>{"file"});
  EXPECT_EQ(std::filesystem::file_size(parent + "/file"), 8u);
}

// No descriptor is left to lock the directory with.
TEST(TemporaryStoreTest, ACreateThatFailsLeavesNothing) {
  const std::string parent = ::testing::TempDir() + "/failed";
  std::filesystem::create_directories(parent);
  const auto create_without_descriptors = [&parent] {
    const rlimit limit{.rlim_cur = 3, .rlim_max = 3};
    setrlimit(RLIMIT_NOFILE, &limit);
    for (int fd = 3; fd < 64; ++fd) close(fd);
    _exit(TemporaryStore::Create(parent).ok() ? 1 : 0);
  };
  EXPECT_EXIT(create_without_descriptors(), ::testing::ExitedWithCode(0), "");
  EXPECT_EQ(NamesIn(parent), std::vector<std::string>{});
}

TEST(TemporaryStoreTest, IsNotTakenForAbandonedWhileItIsMade) {
  const std::string parent = ::testing::TempDir() + "/raced";
  std::filesystem::create_directories(parent);
  const std::jthread remover([&](const std::stop_token& stopped) {
    while (!stopped.stop_requested()) TemporaryStore::RemoveAbandoned(parent);
  });
  for (int i = 0; i < 200; ++i) {
    const absl::StatusOr<std::unique_ptr<TemporaryStore>> store = TemporaryStore::Create(parent);
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_TRUE(std::filesystem::exists((*store)->store().root()));
  }
}

TEST(TemporaryStoreTest, NamesThePathThatCannotBeMade) {
  const absl::Status status = TemporaryStore::Create("/proc/nowhere").status();
  EXPECT_FALSE(status.ok());
  EXPECT_NE(status.message().find("/proc/nowhere"), absl::string_view::npos) << status;
}

}  // namespace
}  // namespace waybill::oci::content::store
