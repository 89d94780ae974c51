// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/builds/spool.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::bridge::builds {

SpoolSpace::SpoolSpace(std::string directory, int64_t limit)
    : directory_(std::move(directory)), limit_(limit), free_(limit) {
  oci::content::store::TemporaryStore::RemoveAbandoned(directory_);
}

bool SpoolSpace::Take(int64_t bytes) {
  int64_t free = free_;
  while (free >= bytes) {
    if (free_.compare_exchange_weak(free, free - bytes)) return true;
  }
  return false;
}

// A writer that holds its space: `size` bytes that were taken before, or as many as are written.
class Spool::Writer : public oci::content::BlobWriter {
 public:
  Writer(Spool& spool, int64_t size, bool grows) : spool_(spool), size_(size), grows_(grows) {}
  ~Writer() override {
    if (committed_) return;
    file_ = nullptr;
    spool_.taken_ -= size_;
    spool_.space_.Give(size_);
  }
  absl::Status Open(const oci::Context& context) {
    ABSL_ASSIGN_OR_RETURN(oci::content::store::FileStore* const files, spool_.Open());
    ABSL_ASSIGN_OR_RETURN(file_, files->NewWriter(context));
    return absl::OkStatus();
  }

  absl::Status Write(absl::string_view bytes) override {
    if (grows_) {
      const int64_t size = static_cast<int64_t>(bytes.size());
      ABSL_RETURN_IF_ERROR(spool_.Take(size));
      size_ += size;
    }
    return file_->Write(bytes);
  }
  absl::Status Close() override { return file_->Close(); }
  absl::StatusOr<oci::Descriptor> Commit(const oci::Context& context, absl::string_view media_type,
                                         const oci::content::Expected& expected) override {
    absl::StatusOr<oci::Descriptor> blob = file_->Commit(context, media_type, expected);
    committed_ = blob.ok();
    return blob;
  }

 private:
  Spool& spool_;
  int64_t size_;
  const bool grows_;
  std::unique_ptr<oci::content::BlobWriter> file_;
  bool committed_ = false;
};

absl::Status Spool::Take(int64_t bytes) {
  if (!space_.Take(bytes)) {
    return oci::StorageError(
        absl::StrCat("spool ", space_.directory(), ": no room for a layer of ", bytes, " bytes below the limit"));
  }
  taken_ += bytes;
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<oci::content::BlobWriter>> Spool::NewWriter(const oci::Context& context, int64_t size) {
  ABSL_RETURN_IF_ERROR(Take(size));
  auto writer = std::make_unique<Writer>(*this, size, false);
  ABSL_RETURN_IF_ERROR(writer->Open(context));
  return writer;
}

absl::StatusOr<std::unique_ptr<oci::content::BlobWriter>> Spool::NewWriter(const oci::Context& context) {
  auto writer = std::make_unique<Writer>(*this, 0, true);
  ABSL_RETURN_IF_ERROR(writer->Open(context));
  return writer;
}

absl::StatusOr<bool> Spool::Exists(const oci::Context& context, const oci::Descriptor& descriptor) {
  oci::content::store::FileStore* const files = Find();
  if (files == nullptr) return false;
  return files->Exists(context, descriptor);
}

absl::Status Spool::Push(const oci::Context& context, oci::content::Blob blob) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::content::BlobWriter> writer,
                        NewWriter(context, blob.source->size()));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Reader> reader, blob.source->Open(context, 0));
  ABSL_RETURN_IF_ERROR(oci::io::Copy(context, *reader, *writer).status());
  return writer
      ->Commit(context, blob.descriptor.media_type, {.digest = blob.descriptor.digest, .size = blob.descriptor.size})
      .status();
}

absl::StatusOr<std::unique_ptr<oci::io::Source>> Spool::Fetch(const oci::Context& context,
                                                              const oci::Descriptor& descriptor) {
  oci::content::store::FileStore* const files = Find();
  if (files == nullptr) return oci::content::BlobNotFound(descriptor.digest);
  return files->Fetch(context, descriptor);
}

oci::content::store::FileStore* Spool::Find() const {
  absl::MutexLock lock(&mutex_);
  return files_ == nullptr ? nullptr : &files_->store();
}

absl::StatusOr<oci::content::store::FileStore*> Spool::Open() {
  if (oci::content::store::FileStore* const files = Find(); files != nullptr) return files;
  absl::StatusOr<std::unique_ptr<oci::content::store::TemporaryStore>> made =
      oci::content::store::TemporaryStore::Create(space_.directory());
  if (!made.ok()) return oci::Annotate(made.status(), "spool");
  absl::MutexLock lock(&mutex_);
  // One of two writers that come first at the same time made it in vain; that one is removed again.
  if (files_ == nullptr) files_ = *std::move(made);
  return &files_->store();
}

}  // namespace waybill::exporter::bridge::builds
