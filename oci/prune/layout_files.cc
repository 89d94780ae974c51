// SPDX-License-Identifier: Apache-2.0
#include "oci/prune/layout_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "oci/error.h"
#include "oci/file/fd.h"
#include "oci/file/file.h"
#include "oci/io/stream.h"
#include "oci/json/json.h"
#include "oci/layout/layout.h"
#include "oci/status_macros.h"

namespace waybill::oci::prune {
namespace {

constexpr size_t kMaxBlobs = 1'000'000;
constexpr absl::string_view kAlgorithms[] = {"sha256", "sha512"};

absl::StatusOr<std::string> ReadIndex(const Context& context, const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<file::FileSource> source,
                        file::FileSource::Open(path, file::Links::kNever));
  return io::ReadAll(context, *source, image::kMaxManifestBytes);
}

// A directory of blobs; false when there is none.
absl::StatusOr<bool> IsDirectory(const std::string& path) {
  struct stat found;
  if (lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return false;
    return ErrnoError(errno, absl::StrCat("look at ", path));
  }
  if (S_ISLNK(found.st_mode)) {
    return InvalidInputError(absl::StrCat(path, " is a symbolic link: others may use the blobs behind it"));
  }
  return S_ISDIR(found.st_mode);
}

absl::Status AddBlobs(const Context& context, const std::string& directory, absl::string_view algorithm,
                      std::vector<BlobFile>& blobs) {
  std::error_code error;
  std::filesystem::directory_iterator entry(directory, error);
  for (const std::filesystem::directory_iterator end; !error && entry != end; entry.increment(error)) {
    ABSL_RETURN_IF_ERROR(context.Check());
    const absl::StatusOr<Digest> digest =
        Digest::Parse(absl::StrCat(algorithm, ":", entry->path().filename().string()));
    if (!digest.ok()) continue;
    struct stat found;
    if (lstat(entry->path().c_str(), &found) != 0) {
      if (errno == ENOENT) continue;
      return ErrnoError(errno, absl::StrCat("look at ", entry->path().string()));
    }
    if (!S_ISREG(found.st_mode)) continue;
    if (blobs.size() == kMaxBlobs) return InvalidInputError(absl::StrCat("there are more than ", kMaxBlobs, " blobs"));
    blobs.push_back({.digest = *digest,
                     .size = static_cast<int64_t>(found.st_size),
                     .written = absl::TimeFromTimespec(found.st_mtim)});
  }
  if (error) return ErrnoError(error.value(), absl::StrCat("read ", directory));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LayoutFiles> LayoutFiles::Open(const Context& context, const std::string& root) {
  // Twice, because the reader keeps no bytes: in between another may have replaced it, and nothing fits together then.
  const std::string path = absl::StrCat(root, "/", layout::kIndexFile);
  ABSL_ASSIGN_OR_RETURN(std::string before, ReadIndex(context, path));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<layout::LayoutReader> reader, layout::OpenDirectory(context, root));
  ABSL_ASSIGN_OR_RETURN(const std::string after, ReadIndex(context, path));
  if (before != after) return MakeError(Reason::kConflict, absl::StrCat(path, " has just been changed; try again"));
  return LayoutFiles(root, std::move(before), std::move(reader));
}

absl::StatusOr<bool> LayoutFiles::HasDockerManifest() const {
  const std::string path = absl::StrCat(root_, "/", layout::kDockerManifestFile);
  struct stat found;
  if (lstat(path.c_str(), &found) == 0) return true;
  if (errno == ENOENT) return false;
  return ErrnoError(errno, absl::StrCat("look at ", path));
}

absl::StatusOr<std::vector<BlobFile>> LayoutFiles::ListBlobs(const Context& context) const {
  std::vector<BlobFile> blobs;
  const std::string all = absl::StrCat(root_, "/blobs");
  ABSL_ASSIGN_OR_RETURN(const bool has_blobs, IsDirectory(all));
  if (!has_blobs) return blobs;
  for (const absl::string_view algorithm : kAlgorithms) {
    const std::string directory = absl::StrCat(all, "/", algorithm);
    ABSL_ASSIGN_OR_RETURN(const bool is_there, IsDirectory(directory));
    if (is_there) ABSL_RETURN_IF_ERROR(AddBlobs(context, directory, algorithm, blobs));
  }
  return blobs;
}

absl::StatusOr<std::unique_ptr<file::AtomicFile>> LayoutFiles::PrepareIndexWithout(
    const std::vector<bool>& removed) const {
  ABSL_ASSIGN_OR_RETURN(const json::Fields fields, json::Fields::Parse(index_bytes_));
  const absl::string_view list = fields.Find("manifests");
  ABSL_ASSIGN_OR_RETURN(const std::vector<absl::string_view> entries, json::Elements(list));
  std::vector<absl::string_view> left;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (!removed[i]) left.push_back(entries[i]);
  }
  const absl::string_view whole = index_bytes_;
  const size_t at = list.data() - whole.data();
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<file::AtomicFile> file,
                        file::AtomicFile::Create(absl::StrCat(root_, "/", layout::kIndexFile), {.mode = 0644}));
  ABSL_RETURN_IF_ERROR(file->Write(
      absl::StrCat(whole.substr(0, at), "[", absl::StrJoin(left, ","), "]", whole.substr(at + list.size()))));
  ABSL_RETURN_IF_ERROR(file->Close());
  return file;
}

absl::Status LayoutFiles::RemoveBlob(const Digest& digest) const {
  const std::string path = absl::StrCat(root_, "/", layout::BlobPath(digest));
  if (unlink(path.c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
  return ErrnoError(errno, absl::StrCat("remove ", path));
}

absl::Status LayoutFiles::SyncBlobs() const {
  for (const absl::string_view algorithm : kAlgorithms) {
    const std::string directory = absl::StrCat(root_, "/blobs/", algorithm);
    ABSL_ASSIGN_OR_RETURN(const bool is_there, IsDirectory(directory));
    if (is_there) ABSL_RETURN_IF_ERROR(file::SyncDirectory(directory));
  }
  return absl::OkStatus();
}

}  // namespace waybill::oci::prune
