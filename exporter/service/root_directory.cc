// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/root_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/content/store/temporary_store.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service {
namespace {

constexpr mode_t kRootMode = 0700;
constexpr absl::string_view kNewFile = ".waybill-";  // oci::io::AtomicFile

// By the lock file, which each service makes first.
absl::Status RequireOurs(const std::string& root, const std::string& lock) {
  std::error_code error;
  if (std::filesystem::is_regular_file(std::filesystem::symlink_status(lock, error))) return absl::OkStatus();
  for (std::filesystem::directory_iterator entry(root, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename();
    if (name == "lost+found") continue;  // of a file system of its own
    return oci::InvalidInputError(absl::StrCat("root ", root, ": it holds ", name,
                                               " and is no service's directory; give the service an empty one"));
  }
  return error ? oci::ErrnoError(error.value(), absl::StrCat("list ", root)) : absl::OkStatus();
}

// Blobs that were being written.
absl::Status RemoveNewFiles(const std::string& directory) {
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    if (!absl::StartsWith(entry->path().filename().string(), kNewFile) || !entry->is_regular_file(error)) continue;
    std::filesystem::remove(entry->path(), error);
  }
  rmdir(directory.c_str());  // stays when it has files of others
  if (!error || error == std::errc::no_such_file_or_directory) return absl::OkStatus();
  return oci::ErrnoError(error.value(), absl::StrCat("clean ", directory));
}

}  // namespace

std::string ScratchOf(absl::string_view root) { return absl::StrCat(root, "/scratch"); }

absl::StatusOr<oci::file::Fd> OpenRoot(const std::string& root) {
  const std::string path = absl::StrCat(root, "/lock");
  ABSL_RETURN_IF_ERROR(oci::file::MakeDirectories(root));
  ABSL_RETURN_IF_ERROR(RequireOurs(root, path));
  // The socket decides who reads blobs, not the file system.
  if (chmod(root.c_str(), kRootMode) != 0) return oci::ErrnoError(errno, absl::StrCat("chmod ", root));
  oci::file::Fd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return oci::ErrnoError(errno, absl::StrCat("open ", path));
  if (flock(fd.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return oci::ErrnoError(errno, absl::StrCat("lock ", path));
    return oci::InvalidInputError(absl::StrCat("root ", root, ": another service uses it"));
  }
  ABSL_RETURN_IF_ERROR(oci::file::MakeDirectories(ScratchOf(root)));
  oci::content::store::TemporaryStore::RemoveAbandoned(ScratchOf(root));
  ABSL_RETURN_IF_ERROR(RemoveNewFiles(absl::StrCat(root, "/ingest")));
  return fd;
}

}  // namespace waybill::exporter::service
