// SPDX-License-Identifier: Apache-2.0
#include "oci/layout/directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/io/atomic_file.h"
#include "oci/io/fd.h"
#include "oci/io/file.h"
#include "oci/io/hashing.h"
#include "oci/layout/index_lock.h"
#include "oci/layout/layout.h"
#include "oci/media_types.h"
#include "oci/status_macros.h"

namespace waybill::oci::layout {
namespace {

constexpr mode_t kBlobMode = 0444;
constexpr mode_t kDocumentMode = 0644;
constexpr absl::string_view kIngest = "ingest";
constexpr absl::string_view kDefaultRefName = "latest";

std::string ParentOf(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

// `path` and those above it that do not exist, outermost first.
std::vector<std::string> MissingDirectories(std::string path) {
  std::vector<std::string> missing;
  struct stat info;
  while (lstat(path.c_str(), &info) != 0) {
    missing.push_back(path);
    std::string parent = ParentOf(path);
    if (parent == path) break;
    path = std::move(parent);
  }
  std::reverse(missing.begin(), missing.end());
  return missing;
}

absl::string_view AnnotationOf(const Descriptor& descriptor, absl::string_view key) {
  const auto found = descriptor.annotations.find(std::string(key));
  return found == descriptor.annotations.end() ? absl::string_view() : absl::string_view(found->second);
}

// Replaces entries that have the same names.
void Insert(Index& index, Descriptor image) {
  std::erase_if(index.manifests, [&](const Descriptor& other) {
    return AnnotationOf(other, kRefName) == AnnotationOf(image, kRefName) &&
           AnnotationOf(other, kImageName) == AnnotationOf(image, kImageName);
  });
  index.manifests.push_back(std::move(image));
}

void InsertAll(Index& index, const Descriptor& root, absl::Span<const std::string> names) {
  if (index.media_type.empty()) index.media_type = std::string(kOciIndex);
  for (const std::string& name : names) Insert(index, NamedRoot(root, name, RefNameInDirectory(name)));
  if (!names.empty()) return;
  Descriptor image = root;
  image.annotations.insert_or_assign(std::string(kRefName), std::string(kDefaultRefName));
  Insert(index, std::move(image));
}

// Nothing when there is no such file.
absl::StatusOr<std::string> ReadIfThere(const Context& context, const std::string& path, int64_t limit) {
  const absl::StatusOr<std::unique_ptr<io::FileSource>> file = io::FileSource::Open(path, io::Links::kNever);
  if (ReasonOf(file.status()) == Reason::kNotFound) return "";
  if (!file.ok()) return file.status();
  absl::StatusOr<std::string> bytes = io::ReadAll(context, **file, limit);
  if (!bytes.ok()) return Annotate(bytes.status(), path);
  return bytes;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Directory>> Directory::Open(std::string root) {
  std::vector<std::string> made = MissingDirectories(root);
  ABSL_RETURN_IF_ERROR(io::MakeDirectories(root));
  std::unique_ptr<Directory> directory(new Directory(std::move(root), std::move(made)));
  // Proves that files can be made here.
  ABSL_ASSIGN_OR_RETURN(directory->staging_, Staging::Create(directory->PathOf(kIngest)));
  return directory;
}

Directory::Directory(std::string root, std::vector<std::string> made)
    : root_(std::move(root)), made_(std::move(made)), visible_(root_, {.sync = true}) {}

Directory::~Directory() {
  staging_.reset();
  // Only what is empty goes.
  rmdir(PathOf(kIngest).c_str());
  for (auto made = made_.rbegin(); made != made_.rend(); ++made) rmdir(made->c_str());
}

std::string Directory::PathOf(absl::string_view name) const { return absl::StrCat(root_, "/", name); }

std::string Directory::PendingPath(const Digest& digest) const {
  return absl::StrCat(staging_->path(), "/", digest.algorithm(), "-", digest.hex());
}

bool Directory::IsPending(const Digest& digest) const {
  absl::MutexLock lock(&mutex_);
  return pending_.contains(digest);
}

absl::StatusOr<std::unique_ptr<io::Source>> Directory::Fetch(const Context& context, const Descriptor& descriptor) {
  if (!IsPending(descriptor.digest)) return visible_.Fetch(context, descriptor);
  ABSL_RETURN_IF_ERROR(context.Check());
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<io::Source> source,
                        io::FileSource::Open(PendingPath(descriptor.digest), io::Links::kNever));
  ABSL_RETURN_IF_ERROR(content::VerifySize(descriptor, source->size()));
  return source;
}

absl::StatusOr<bool> Directory::Exists(const Context& context, const Descriptor& descriptor) {
  if (IsPending(descriptor.digest)) return true;
  return visible_.Exists(context, descriptor);
}

absl::Status Directory::Push(const Context& context, content::Blob blob) {
  ABSL_ASSIGN_OR_RETURN(const bool exists, Exists(context, blob.descriptor));
  if (exists) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<io::AtomicFile> file,
                        io::AtomicFile::CreateIn(staging_->path(), {.mode = kBlobMode}));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<io::Reader> reader, blob.source->Open(context, 0));
  ABSL_ASSIGN_OR_RETURN(const io::Hashed hashed,
                        io::CopyHashed(context, *reader, *file, Hasher(blob.descriptor.digest), blob.descriptor.size));
  ABSL_RETURN_IF_ERROR(content::Verify(blob.descriptor, hashed.digest, hashed.size));
  // Another thread may have been first; its file is as good.
  ABSL_RETURN_IF_ERROR(file->CommitTo(PendingPath(blob.descriptor.digest)));
  absl::MutexLock lock(&mutex_);
  pending_.insert(blob.descriptor.digest);
  return absl::OkStatus();
}

absl::Status Directory::Tag(const Context& context, const Descriptor& root, absl::string_view tag) {
  return TagAll(context, root, {std::string(tag)});
}

absl::Status Directory::TagAll(const Context& context, const Descriptor& root, absl::Span<const std::string> names) {
  ABSL_ASSIGN_OR_RETURN(const bool exists, Exists(context, root));
  if (!exists) return content::BlobNotFound(root.digest);
  while (true) {
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<IndexLock> lock, IndexLock::Acquire(context, root_));
    ABSL_ASSIGN_OR_RETURN(Index index, ReadIndex(context));
    ABSL_RETURN_IF_ERROR(CommitBlobs());
    InsertAll(index, root, names);
    ABSL_RETURN_IF_ERROR(WriteDocument(kLayoutFile, kLayoutJson));
    if (lock->StillHeld()) return WriteDocument(kIndexFile, ToCompactJson(index));
  }
}

absl::StatusOr<Index> Directory::ReadIndex(const Context& context) const {
  ABSL_ASSIGN_OR_RETURN(const std::string layout, ReadIfThere(context, PathOf(kLayoutFile), kMaxLayoutFileBytes));
  if (!layout.empty()) ABSL_RETURN_IF_ERROR(Annotate(CheckLayoutFile(layout), root_));
  const std::string path = PathOf(kIndexFile);
  ABSL_ASSIGN_OR_RETURN(const std::string bytes, ReadIfThere(context, path, kMaxManifestBytes));
  if (bytes.empty()) return Index{};
  absl::StatusOr<Index> index = ParseIndex(bytes);
  if (!index.ok()) return Annotate(index.status(), path);
  return index;
}

absl::Status Directory::CommitBlobs() {
  std::set<Digest> pending;
  {
    absl::MutexLock lock(&mutex_);
    pending.swap(pending_);
  }
  std::set<std::string> directories;
  for (const Digest& digest : pending) {
    const std::string path = PathOf(BlobPath(digest));
    if (directories.insert(ParentOf(path)).second) ABSL_RETURN_IF_ERROR(io::MakeDirectories(ParentOf(path)));
    if (rename(PendingPath(digest).c_str(), path.c_str()) != 0) {
      return ErrnoError(errno, absl::StrCat("rename to ", path));
    }
  }
  if (directories.empty()) return absl::OkStatus();
  directories.insert(PathOf("blobs"));
  if (!made_.empty()) directories.insert(ParentOf(made_.front()));
  for (const std::string& directory : directories) ABSL_RETURN_IF_ERROR(io::SyncDirectory(directory));
  return absl::OkStatus();
}

absl::Status Directory::WriteDocument(absl::string_view name, absl::string_view bytes) const {
  return io::WriteFileAtomically(PathOf(name), bytes, {.mode = kDocumentMode});
}

}  // namespace waybill::oci::layout
