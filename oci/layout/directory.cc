// SPDX-License-Identifier: Apache-2.0
#include "oci/layout/directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/file/atomic_file.h"
#include "oci/file/fd.h"
#include "oci/file/file.h"
#include "oci/image/media_types.h"
#include "oci/io/hashing.h"
#include "oci/layout/index_lock.h"
#include "oci/layout/layout.h"
#include "oci/status_macros.h"

namespace waybill::oci::layout {
namespace {

constexpr mode_t kBlobMode = 0444;
constexpr mode_t kDocumentMode = 0644;
constexpr absl::string_view kIngest = "ingest";
constexpr absl::string_view kDefaultRefName = "latest";

absl::string_view AnnotationOf(const Descriptor& descriptor, absl::string_view key) {
  const auto found = descriptor.annotations.find(std::string(key));
  return found == descriptor.annotations.end() ? absl::string_view() : absl::string_view(found->second);
}

// Replaces entries that have the same names; several manifests may refer to one subject.
void Insert(image::Index& index, Descriptor entry) {
  const bool is_referrer = !AnnotationOf(entry, kSubjectDigest).empty();
  std::erase_if(index.manifests, [&](const Descriptor& other) {
    for (const absl::string_view key : {kRefName, kImageName, kSubjectDigest}) {
      if (AnnotationOf(other, key) != AnnotationOf(entry, key)) return false;
    }
    return !is_referrer || other.digest == entry.digest;
  });
  index.manifests.push_back(std::move(entry));
}

// Nothing when there is no such file.
absl::StatusOr<std::string> ReadIfThere(const Context& context, const std::string& path, int64_t limit) {
  const absl::StatusOr<std::unique_ptr<file::FileSource>> file = file::FileSource::Open(path, file::Links::kNever);
  if (ReasonOf(file.status()) == Reason::kNotFound) return "";
  if (!file.ok()) return file.status();
  absl::StatusOr<std::string> bytes = io::ReadAll(context, **file, limit);
  if (!bytes.ok()) return Annotate(bytes.status(), path);
  return bytes;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Directory>> Directory::Open(std::string root) {
  std::vector<std::string> made = file::MissingDirectories(root);
  // First, because it takes back what was made when the rest of it cannot be.
  std::unique_ptr<Directory> directory(new Directory(std::move(root), std::move(made)));
  ABSL_RETURN_IF_ERROR(file::MakeDirectories(directory->root_));
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
                        file::FileSource::Open(PendingPath(descriptor.digest), file::Links::kNever));
  ABSL_RETURN_IF_ERROR(content::VerifySize(descriptor, source->size()));
  return source;
}

absl::StatusOr<bool> Directory::Exists(const Context& context, const Descriptor& descriptor) {
  if (IsPending(descriptor.digest)) return true;
  ABSL_ASSIGN_OR_RETURN(const bool exists, visible_.Exists(context, descriptor));
  if (!exists) return false;
  absl::MutexLock lock(&mutex_);
  found_.insert(descriptor.digest);
  return true;
}

absl::Status Directory::Push(const Context& context, content::Blob blob) {
  ABSL_ASSIGN_OR_RETURN(const bool exists, Exists(context, blob.descriptor));
  if (exists) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<file::AtomicFile> file,
                        file::AtomicFile::CreateIn(staging_->path(), {.mode = kBlobMode}));
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

Directory::Changes::~Changes() {
  if (!undo) return;
  for (const std::string& file : files) unlink(file.c_str());
  for (auto made = directories.rbegin(); made != directories.rend(); ++made) rmdir(made->c_str());
}

absl::Status Directory::Tag(const Context& context, const Descriptor& root, absl::string_view tag) {
  return TagAll(context, root, {std::string(tag)});
}

absl::Status Directory::TagAll(const Context& context, const Descriptor& root, absl::Span<const std::string> names,
                               absl::Span<const Descriptor> referrers) {
  std::vector<Descriptor> entries;
  for (const std::string& name : names) entries.push_back(NamedRoot(root, name, RefNameInDirectory(name)));
  if (names.empty()) {
    entries.push_back(root);
    entries.back().annotations.insert_or_assign(std::string(kRefName), std::string(kDefaultRefName));
  }
  entries.insert(entries.end(), referrers.begin(), referrers.end());
  return Enter(context, entries);
}

absl::Status Directory::Enter(const Context& context, absl::Span<const Descriptor> entries) {
  for (const Descriptor& entry : entries) {
    ABSL_ASSIGN_OR_RETURN(const bool exists, Exists(context, entry));
    if (!exists) return content::BlobNotFound(entry.digest);
  }
  while (true) {
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<IndexLock> lock, IndexLock::Acquire(context, root_));
    ABSL_ASSIGN_OR_RETURN(std::optional<image::Index> index, ReadIndex(context));
    ABSL_RETURN_IF_ERROR(CheckFound());
    // Others may count on the blobs of a layout that has images.
    Changes changes{.undo = !index.has_value(), .files = {}, .directories = {}};
    image::Index tagged = std::move(index).value_or(image::Index{});
    if (tagged.media_type.empty()) tagged.media_type = std::string(image::kOciIndex);
    for (const Descriptor& entry : entries) Insert(tagged, entry);
    // What may fail goes first: from here on there are only renames.
    ABSL_ASSIGN_OR_RETURN(const auto layout_file, PrepareDocument(kLayoutFile, kLayoutJson));
    ABSL_ASSIGN_OR_RETURN(const auto index_file, PrepareDocument(kIndexFile, image::ToCompactJson(tagged)));
    ABSL_RETURN_IF_ERROR(CommitBlobs(changes));
    if (file::MissingDirectories(PathOf(kLayoutFile)).size() == 1) changes.files.push_back(PathOf(kLayoutFile));
    ABSL_RETURN_IF_ERROR(layout_file->Commit());
    if (!lock->StillHeld()) {
      changes.undo = false;
      continue;
    }
    const absl::Status committed = index_file->Commit();
    // The index counts from when it has its name, even where the disk then fails to make that durable.
    if (index_file->committed()) changes.undo = false;
    return committed;
  }
}

absl::Status Directory::CheckFound() const {
  absl::MutexLock lock(&mutex_);
  for (const Digest& digest : found_) {
    const absl::Status there = file::RegularFileSize(PathOf(BlobPath(digest)), file::Links::kNever).status();
    if (ReasonOf(there) != Reason::kNotFound) continue;
    return MakeError(Reason::kConflict, absl::StrCat("blob ", digest.ToString(), " was removed during the export from ",
                                                     root_, ": export again"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<image::Index>> Directory::ReadIndex(const Context& context) const {
  ABSL_ASSIGN_OR_RETURN(const std::string layout, ReadIfThere(context, PathOf(kLayoutFile), kMaxLayoutFileBytes));
  if (!layout.empty()) ABSL_RETURN_IF_ERROR(Annotate(CheckLayoutFile(layout), root_));
  const std::string path = PathOf(kIndexFile);
  ABSL_ASSIGN_OR_RETURN(const std::string bytes, ReadIfThere(context, path, image::kMaxManifestBytes));
  if (bytes.empty()) return std::nullopt;
  absl::StatusOr<image::Index> index = image::ParseIndex(bytes);
  if (!index.ok()) return Annotate(index.status(), path);
  return index;
}

absl::Status Directory::CommitBlobs(Changes& changes) {
  std::set<Digest> pending;
  {
    absl::MutexLock lock(&mutex_);
    pending.swap(pending_);
  }
  std::set<std::string> directories;
  for (const Digest& digest : pending) {
    const std::string path = PathOf(BlobPath(digest));
    if (directories.insert(file::ParentOf(path)).second) {
      const std::vector<std::string> made = file::MissingDirectories(file::ParentOf(path));
      changes.directories.insert(changes.directories.end(), made.begin(), made.end());
      ABSL_RETURN_IF_ERROR(file::MakeDirectories(file::ParentOf(path)));
    }
    if (rename(PendingPath(digest).c_str(), path.c_str()) != 0) {
      return ErrnoError(errno, absl::StrCat("rename to ", path));
    }
    changes.files.push_back(path);
  }
  for (const std::string& directory : directories) ABSL_RETURN_IF_ERROR(file::SyncDirectory(directory));
  ABSL_RETURN_IF_ERROR(file::SyncParents(changes.directories));
  return file::SyncParents(made_);
}

absl::StatusOr<std::unique_ptr<file::AtomicFile>> Directory::PrepareDocument(absl::string_view name,
                                                                             absl::string_view bytes) const {
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<file::AtomicFile> file,
                        file::AtomicFile::Create(PathOf(name), {.mode = kDocumentMode}));
  ABSL_RETURN_IF_ERROR(file->Write(bytes));
  ABSL_RETURN_IF_ERROR(file->Close());
  return file;
}

}  // namespace waybill::oci::layout
