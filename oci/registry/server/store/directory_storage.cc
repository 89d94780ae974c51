// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/store/directory_storage.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/file/atomic_file.h"
#include "oci/file/fd.h"
#include "oci/file/file.h"
#include "oci/registry/server/wire/route.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry::server::store {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMaxIndex = 64 << 20;
constexpr absl::string_view kLayoutFile = "{\"imageLayoutVersion\":\"1.0.0\"}";
// What a crash loses is pushed again; waiting for the disk would only slow the tests down.
constexpr file::AtomicFile::Options kFast = {.sync = false};

class FileDraft : public Draft {
 public:
  FileDraft(std::unique_ptr<file::AtomicFile> file, std::string blobs)
      : file_(std::move(file)), blobs_(std::move(blobs)) {}
  absl::Status Write(absl::string_view bytes) override {
    size_ += static_cast<int64_t>(bytes.size());
    return file_->Write(bytes);
  }
  absl::Status Close() override { return file_->Close(); }
  int64_t size() const override { return size_; }
  absl::Status Keep(const Digest& digest) override {
    const std::string directory = absl::StrCat(blobs_, "/", digest.algorithm());
    ABSL_RETURN_IF_ERROR(file::MakeDirectories(directory));
    return file_->CommitTo(absl::StrCat(directory, "/", digest.hex()));
  }

 private:
  const std::unique_ptr<file::AtomicFile> file_;
  const std::string blobs_;
  int64_t size_ = 0;
};

// Holds the file open: it stays readable when the blob is removed.
class OpenFileSource : public io::Source {
 public:
  OpenFileSource(file::RegularFile file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}
  int64_t size() const override { return file_.size; }
  absl::StatusOr<std::unique_ptr<io::Reader>> Open(const Context&, int64_t offset) const override {
    const int copy = dup(file_.fd.number());
    if (copy < 0) return ErrnoError(errno, path_);
    return std::make_unique<file::FileReader>(file::Fd(copy), path_, offset, file_.size - offset);
  }

 private:
  const file::RegularFile file_;
  const std::string path_;
};

class DirectoryStorage : public Storage {
 public:
  explicit DirectoryStorage(std::string root) : root_(std::move(root)) {}

  absl::StatusOr<std::unique_ptr<Draft>> NewDraft(absl::string_view repository) override {
    ABSL_RETURN_IF_ERROR(MakeLayout(repository));
    const std::string blobs = absl::StrCat(PathOf(repository), "/blobs");
    ABSL_ASSIGN_OR_RETURN(auto file, file::AtomicFile::CreateIn(blobs, kFast));
    return std::make_unique<FileDraft>(std::move(file), blobs);
  }

  absl::StatusOr<std::unique_ptr<io::Source>> Open(absl::string_view repository, const Digest& digest) override {
    std::string path = BlobPath(repository, digest);
    ABSL_ASSIGN_OR_RETURN(file::RegularFile file, file::OpenRegular(path, file::Links::kNever));
    return std::make_unique<OpenFileSource>(std::move(file), std::move(path));
  }

  absl::Status Remove(absl::string_view repository, const Digest& digest) override {
    const std::string path = BlobPath(repository, digest);
    return unlink(path.c_str()) == 0 ? absl::OkStatus() : ErrnoError(errno, absl::StrCat("remove ", path));
  }

  absl::Status Mount(absl::string_view from, absl::string_view to, const Digest& digest) override {
    ABSL_RETURN_IF_ERROR(Open(from, digest).status());
    ABSL_RETURN_IF_ERROR(MakeLayout(to));
    const std::string path = BlobPath(to, digest);
    ABSL_RETURN_IF_ERROR(file::MakeDirectories(fs::path(path).parent_path().string()));
    if (link(BlobPath(from, digest).c_str(), path.c_str()) == 0 || errno == EEXIST) return absl::OkStatus();
    return ErrnoError(errno, absl::StrCat("link ", path));
  }

  absl::Status Save(absl::string_view repository, absl::string_view index_json) override {
    ABSL_RETURN_IF_ERROR(MakeLayout(repository));
    return file::WriteFileAtomically(absl::StrCat(PathOf(repository), "/index.json"), index_json, kFast);
  }

  absl::StatusOr<std::map<std::string, std::string>> LoadAll() override;

 private:
  std::string PathOf(absl::string_view repository) const { return absl::StrCat(root_, "/", repository); }
  std::string BlobPath(absl::string_view repository, const Digest& digest) const {
    return absl::StrCat(PathOf(repository), "/blobs/", digest.algorithm(), "/", digest.hex());
  }
  absl::Status MakeLayout(absl::string_view repository) {
    ABSL_RETURN_IF_ERROR(file::MakeDirectories(absl::StrCat(PathOf(repository), "/blobs")));
    const std::string file = absl::StrCat(PathOf(repository), "/oci-layout");
    if (file::RegularFileSize(file, file::Links::kNever).ok()) return absl::OkStatus();
    return file::WriteFileAtomically(file, kLayoutFile, kFast);
  }

  const std::string root_;
};

absl::StatusOr<std::map<std::string, std::string>> DirectoryStorage::LoadAll() {
  std::map<std::string, std::string> indexes;
  std::error_code error;
  fs::recursive_directory_iterator entry(root_, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const std::string path = entry->path().string();
    if (entry->path().filename() != "index.json" || !entry->is_regular_file(error)) continue;
    if (!file::RegularFileSize(absl::StrCat(entry->path().parent_path().string(), "/oci-layout"), file::Links::kNever)
             .ok()) {
      continue;
    }
    const std::string name = entry->path().parent_path().lexically_relative(root_).string();
    if (!wire::IsRepositoryName(name)) continue;
    ABSL_ASSIGN_OR_RETURN(const auto file, file::FileSource::Open(path, file::Links::kNever));
    ABSL_ASSIGN_OR_RETURN(indexes[name], io::ReadAll(Context(), *file, kMaxIndex));
  }
  if (error) return StorageError(absl::StrCat("read ", root_, ": ", error.message()));
  return indexes;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Storage>> OpenDirectoryStorage(const std::string& directory) {
  ABSL_RETURN_IF_ERROR(file::MakeDirectories(directory));
  return std::make_unique<DirectoryStorage>(directory);
}

}  // namespace waybill::oci::registry::server::store
