// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/store/blob_catalog.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "oci/error.h"
#include "oci/file/atomic_file.h"
#include "oci/file/fd.h"
#include "oci/file/file.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service::store {
namespace {

constexpr int64_t kMaxLabelsBytes = 4 << 20;

absl::Status NotThere(const oci::Digest& digest) {
  return oci::NotFoundError(absl::StrCat("content ", digest.ToString(), ": not found"));
}

// The digests of one algorithm's folder, sorted; names that are no digests (temporary files) are passed over.
absl::StatusOr<std::vector<oci::Digest>> DigestsIn(const std::string& root, absl::string_view algorithm) {
  std::vector<oci::Digest> digests;
  const std::string folder = absl::StrCat(root, "/blobs/", algorithm);
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    absl::StatusOr<oci::Digest> digest =
        oci::Digest::Parse(absl::StrCat(algorithm, ":", entry->path().filename().string()));
    if (digest.ok()) digests.push_back(*std::move(digest));
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return oci::ErrnoError(error.value(), absl::StrCat("list ", folder));
  }
  std::sort(digests.begin(), digests.end());
  return digests;
}

}  // namespace

std::string BlobCatalog::LabelsPath(const oci::Digest& digest) const {
  return absl::StrCat(blobs_.root(), "/labels/", digest.algorithm(), "/", digest.hex(), ".json");
}

absl::StatusOr<Labels> BlobCatalog::ReadLabels(const oci::Digest& digest) const {
  const std::string path = LabelsPath(digest);
  absl::StatusOr<std::unique_ptr<oci::file::FileSource>> file =
      oci::file::FileSource::Open(path, oci::file::Links::kNever);
  if (absl::IsNotFound(file.status())) return Labels{};
  ABSL_RETURN_IF_ERROR(file.status());
  ABSL_ASSIGN_OR_RETURN(const std::string text, oci::io::ReadAll(oci::Context(), **file, kMaxLabelsBytes));
  absl::Status valid = oci::json::Validate(text);
  absl::StatusOr<Labels> labels = valid.ok() ? oci::json::DecodeStringMap(text) : valid;
  if (!labels.ok()) return oci::StorageError(absl::StrCat(path, ": ", labels.status().message()));
  return labels;
}

absl::StatusOr<BlobInfo> BlobCatalog::Info(const oci::Digest& digest) const {
  const std::string path = blobs_.PathOf(digest);
  struct stat blob;
  if (lstat(path.c_str(), &blob) != 0) {
    return errno == ENOENT || errno == ENOTDIR ? NotThere(digest) : oci::ErrnoError(errno, absl::StrCat("stat ", path));
  }
  if (!S_ISREG(blob.st_mode)) return NotThere(digest);
  BlobInfo info{.digest = digest, .size = blob.st_size, .created_at = absl::TimeFromTimespec(blob.st_mtim)};
  info.used_at = absl::TimeFromTimespec(blob.st_atim);
  info.updated_at = info.created_at;
  struct stat labels;
  if (stat(LabelsPath(digest).c_str(), &labels) == 0) info.updated_at = absl::TimeFromTimespec(labels.st_mtim);
  ABSL_ASSIGN_OR_RETURN(info.labels, ReadLabels(digest));
  return info;
}

absl::Status BlobCatalog::List(const oci::Context& context,
                               const std::function<absl::Status(const BlobInfo&)>& visit) const {
  for (const absl::string_view algorithm : {"sha256", "sha512"}) {
    ABSL_ASSIGN_OR_RETURN(const std::vector<oci::Digest> digests, DigestsIn(blobs_.root(), algorithm));
    for (const oci::Digest& digest : digests) {
      ABSL_RETURN_IF_ERROR(context.Check());
      const absl::StatusOr<BlobInfo> info = Info(digest);
      if (absl::IsNotFound(info.status())) continue;
      ABSL_RETURN_IF_ERROR(info.status());
      ABSL_RETURN_IF_ERROR(visit(*info));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<BlobInfo> BlobCatalog::UpdateLabels(const oci::Digest& digest,
                                                   const std::function<void(Labels&)>& change) {
  absl::MutexLock lock(&updating_);
  ABSL_ASSIGN_OR_RETURN(const BlobInfo before, Info(digest));
  Labels labels = before.labels;
  change(labels);
  oci::json::Writer writer;
  writer.BeginObject();
  for (const auto& [key, value] : labels) writer.Key(key).String(value);
  writer.EndObject();
  const std::string path = LabelsPath(digest);
  ABSL_RETURN_IF_ERROR(oci::file::MakeDirectories(std::filesystem::path(path).parent_path()));
  ABSL_RETURN_IF_ERROR(oci::file::WriteFileAtomically(path, writer.Take(), {.mode = 0600}));
  // The kernel's own times lag behind by some milliseconds, which clients that compare clocks would see.
  const timespec now = absl::ToTimespec(absl::Now());
  const timespec times[] = {now, now};
  if (utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) {
    return oci::ErrnoError(errno, absl::StrCat("touch ", path));
  }
  return Info(digest);
}

absl::Status BlobCatalog::Delete(const oci::Digest& digest) {
  const std::string path = blobs_.PathOf(digest);
  if (unlink(path.c_str()) != 0) {
    return errno == ENOENT || errno == ENOTDIR ? NotThere(digest)
                                               : oci::ErrnoError(errno, absl::StrCat("remove ", path));
  }
  const std::string labels = LabelsPath(digest);
  if (unlink(labels.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) {
    return oci::ErrnoError(errno, absl::StrCat("remove ", labels));
  }
  return absl::OkStatus();
}

}  // namespace waybill::exporter::service::store
