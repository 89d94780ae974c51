// SPDX-License-Identifier: Apache-2.0
#include "oci/content/store/temporary_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "oci/error.h"
#include "oci/file/fd.h"
#include "oci/status_macros.h"

namespace waybill::oci::content::store {

namespace {

constexpr absl::string_view kPrefix = "waybill-";
// Only a process that starts meanwhile removes what is not yet locked.
constexpr int kAttempts = 16;

// Whether io::RandomName(kPrefix) gives such names.
bool IsOurName(absl::string_view name) {
  return absl::ConsumePrefix(&name, kPrefix) && name.size() == 16 &&
         absl::c_all_of(name, [](char c) { return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f'); });
}

file::Fd OpenOwn(const std::string& path) {
  return file::Fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

bool Lock(const file::Fd& directory) { return flock(directory.number(), LOCK_EX | LOCK_NB) == 0; }

bool IsRemoved(const file::Fd& directory) {
  struct stat info;
  return fstat(directory.number(), &info) == 0 && info.st_nlink == 0;
}

// Holds the lock of a directory that nobody owns any more; not valid for any other.
file::Fd LockAbandoned(const std::string& path) {
  file::Fd directory = OpenOwn(path);
  struct stat info;
  if (!directory.valid() || fstat(directory.number(), &info) != 0 || info.st_uid != geteuid() || !Lock(directory)) {
    return {};
  }
  return directory;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TemporaryStore>> TemporaryStore::Create(const std::string& parent) {
  ABSL_RETURN_IF_ERROR(file::MakeDirectories(parent));
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    ABSL_ASSIGN_OR_RETURN(const std::string name, file::RandomName(kPrefix));
    const std::string root = absl::StrCat(parent, "/", name);
    if (mkdir(root.c_str(), 0700) != 0) return ErrnoError(errno, absl::StrCat("create directory ", root));
    file::Fd lock = OpenOwn(root);
    if (!lock.valid() && errno != ENOENT) {
      const absl::Status failed = ErrnoError(errno, absl::StrCat("open directory ", root));
      rmdir(root.c_str());
      return failed;
    }
    // Until it was locked it looked abandoned: whoever holds the lock removes it. A file system without locks has no
    // such others (RemoveAbandoned).
    if (!lock.valid() || (!Lock(lock) && errno == EWOULDBLOCK) || IsRemoved(lock)) continue;
    return std::unique_ptr<TemporaryStore>(new TemporaryStore(root, std::move(lock)));
  }
  return StorageError(absl::StrCat("create directory in ", parent, ": it is removed again and again"));
}

void TemporaryStore::RemoveAbandoned(const std::string& parent) {
  std::error_code ignored;
  for (std::filesystem::directory_iterator entry(parent, ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    const std::string name = entry->path().filename().string();
    if (!IsOurName(name)) continue;
    const std::string root = absl::StrCat(parent, "/", name);
    const file::Fd lock = LockAbandoned(root);
    std::error_code stays;
    if (lock.valid()) std::filesystem::remove_all(root, stays);
  }
}

TemporaryStore::~TemporaryStore() {
  // What cannot be removed is left to whoever cleans temporary directories.
  std::error_code error;
  std::filesystem::remove_all(store_.root(), error);
}

}  // namespace waybill::oci::content::store
