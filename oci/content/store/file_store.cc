// SPDX-License-Identifier: Apache-2.0
#include "oci/content/store/file_store.h"

#include <unistd.h>

#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/file/atomic_file.h"
#include "oci/file/fd.h"
#include "oci/file/file.h"
#include "oci/io/hashing.h"
#include "oci/status_macros.h"

namespace waybill::oci::content::store {
namespace {

constexpr mode_t kBlobMode = 0444;

// A size beyond the descriptor's is known to be wrong without reading on.
absl::StatusOr<io::Hashed> CopyBlob(const Context& context, const Blob& blob, io::Writer& to) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<io::Reader> reader, blob.source->Open(context, 0));
  return io::CopyHashed(context, *reader, to, Hasher(blob.descriptor.digest), blob.descriptor.size);
}

}  // namespace

class FileStore::Writer : public BlobWriter {
 public:
  Writer(const FileStore& store, std::unique_ptr<file::AtomicFile> file) : store_(store), file_(std::move(file)) {}

  absl::Status Write(absl::string_view bytes) override {
    hasher_.Update(bytes);
    size_ += static_cast<int64_t>(bytes.size());
    return file_->Write(bytes);
  }
  absl::Status Close() override { return file_->Close(); }

  absl::StatusOr<Descriptor> Commit(const Context& context, absl::string_view media_type,
                                    const Expected& expected) override {
    ABSL_RETURN_IF_ERROR(context.Check());
    const Digest digest = hasher_.Current();
    if (expected.digest.has_value() && expected.digest->algorithm() != digest.algorithm()) {
      return UnsupportedError(absl::StrCat("writing a blob of unknown digest as ", expected.digest->algorithm()));
    }
    ABSL_RETURN_IF_ERROR(
        Verify({.digest = expected.digest.value_or(digest), .size = expected.size.value_or(size_)}, digest, size_));
    ABSL_RETURN_IF_ERROR(store_.Keep(*file_, digest));
    return Descriptor{.media_type = std::string(media_type), .digest = digest, .size = size_};
  }

 private:
  const FileStore& store_;
  const std::unique_ptr<file::AtomicFile> file_;
  Hasher hasher_;
  int64_t size_ = 0;
};

FileStore::~FileStore() {
  // Stays when another process is writing.
  if (ingest_made_) rmdir(IngestDirectory().c_str());
}

std::string FileStore::PathOf(const Digest& digest) const {
  return absl::StrCat(root_, "/blobs/", digest.algorithm(), "/", digest.hex());
}

std::string FileStore::IngestDirectory() const { return absl::StrCat(root_, "/ingest"); }

absl::StatusOr<std::unique_ptr<file::AtomicFile>> FileStore::NewFile() {
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<file::AtomicFile> file,
                        file::AtomicFile::CreateIn(IngestDirectory(), {.mode = kBlobMode, .sync = options_.sync}));
  ingest_made_ = true;
  return file;
}

// The names above the blob's are synced once, by whoever comes first; the others wait for it.
absl::Status FileStore::MakeBlobDirectory(const std::string& directory) const {
  if (!options_.sync) return file::MakeDirectories(directory);
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> names = file::MissingDirectories(directory);
  ABSL_RETURN_IF_ERROR(file::MakeDirectories(directory));
  if (names.empty() && durable_.contains(directory)) return absl::OkStatus();
  // Whoever made those that were there may not have done it.
  for (const std::string& name : {absl::StrCat(root_, "/blobs"), directory}) names.push_back(name);
  ABSL_RETURN_IF_ERROR(file::SyncParents(names));
  durable_.insert(directory);
  return absl::OkStatus();
}

absl::Status FileStore::Keep(file::AtomicFile& file, const Digest& digest) const {
  const std::string path = PathOf(digest);
  const std::string directory = file::ParentOf(path);
  ABSL_RETURN_IF_ERROR(MakeBlobDirectory(directory));
  if (!options_.sync) return file.CommitTo(path);
  // What may fail goes first.
  ABSL_ASSIGN_OR_RETURN(const file::Fd opened, file::OpenDirectory(directory));
  ABSL_RETURN_IF_ERROR(file.CommitTo(path));
  return file::SyncOpenDirectory(opened, directory);
}

absl::StatusOr<std::unique_ptr<io::Source>> FileStore::Fetch(const Context& context, const Descriptor& descriptor) {
  ABSL_RETURN_IF_ERROR(context.Check());
  absl::StatusOr<std::unique_ptr<file::FileSource>> source =
      file::FileSource::Open(PathOf(descriptor.digest), file::Links::kNever);
  if (!source.ok()) {
    if (ReasonOf(source.status()) == Reason::kNotFound) return BlobNotFound(descriptor.digest);
    return Annotate(source.status(), absl::StrCat("blob ", descriptor.digest.ToString()));
  }
  ABSL_RETURN_IF_ERROR(VerifySize(descriptor, (*source)->size()));
  return *std::move(source);
}

absl::StatusOr<bool> FileStore::Exists(const Context& context, const Descriptor& descriptor) {
  const absl::StatusOr<std::unique_ptr<io::Source>> source = Fetch(context, descriptor);
  if (source.ok()) return true;
  const std::optional<Reason> reason = ReasonOf(source.status());
  if (reason == Reason::kNotFound || reason == Reason::kVerification) return false;
  return source.status();
}

absl::Status FileStore::Push(const Context& context, Blob blob) {
  ABSL_ASSIGN_OR_RETURN(const bool exists, Exists(context, blob.descriptor));
  if (exists) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<file::AtomicFile> file, NewFile());
  ABSL_ASSIGN_OR_RETURN(const io::Hashed hashed, CopyBlob(context, blob, *file));
  ABSL_RETURN_IF_ERROR(Verify(blob.descriptor, hashed.digest, hashed.size));
  return Keep(*file, blob.descriptor.digest);
}

absl::StatusOr<std::unique_ptr<BlobWriter>> FileStore::NewWriter(const Context& context) {
  ABSL_RETURN_IF_ERROR(context.Check());
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<file::AtomicFile> file, NewFile());
  return std::make_unique<Writer>(*this, std::move(file));
}

}  // namespace waybill::oci::content::store
