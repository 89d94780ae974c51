// SPDX-License-Identifier: Apache-2.0
#include "oci/content/store/memory_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/io/hashing.h"
#include "oci/io/string.h"
#include "oci/status_macros.h"

namespace waybill::oci::content::store {

class MemoryStore::Source : public io::Source {
 public:
  explicit Source(Bytes bytes) : bytes_(std::move(bytes)) {}
  int64_t size() const override { return static_cast<int64_t>(bytes_->size()); }
  absl::StatusOr<std::unique_ptr<io::Reader>> Open(const Context&, int64_t offset) const override {
    return std::make_unique<io::StringReader>(absl::string_view(*bytes_).substr(static_cast<size_t>(offset)));
  }

 private:
  const Bytes bytes_;
};

class MemoryStore::Writer : public BlobWriter {
 public:
  explicit Writer(MemoryStore& store) : store_(store) {}

  absl::Status Write(absl::string_view bytes) override {
    bytes_.append(bytes.data(), bytes.size());
    return absl::OkStatus();
  }
  absl::Status Close() override { return absl::OkStatus(); }

  absl::StatusOr<Descriptor> Commit(const Context& context, absl::string_view media_type,
                                    const Expected& expected) override {
    ABSL_RETURN_IF_ERROR(context.Check());
    Hasher hasher = expected.digest.has_value() ? Hasher(*expected.digest) : Hasher();
    hasher.Update(bytes_);
    const Digest digest = hasher.Current();
    const int64_t size = static_cast<int64_t>(bytes_.size());
    ABSL_RETURN_IF_ERROR(
        Verify({.digest = expected.digest.value_or(digest), .size = expected.size.value_or(size)}, digest, size));
    store_.Put(digest, std::move(bytes_));
    return Descriptor{.media_type = std::string(media_type), .digest = digest, .size = size};
  }

 private:
  MemoryStore& store_;
  std::string bytes_;
};

absl::StatusOr<std::unique_ptr<io::Source>> MemoryStore::Fetch(const Context& context, const Descriptor& descriptor) {
  ABSL_RETURN_IF_ERROR(context.Check());
  Bytes bytes = Find(descriptor.digest);
  if (bytes == nullptr) return BlobNotFound(descriptor.digest);
  ABSL_RETURN_IF_ERROR(VerifySize(descriptor, static_cast<int64_t>(bytes->size())));
  return std::make_unique<Source>(std::move(bytes));
}

absl::StatusOr<bool> MemoryStore::Exists(const Context& context, const Descriptor& descriptor) {
  ABSL_RETURN_IF_ERROR(context.Check());
  return Find(descriptor.digest) != nullptr;
}

absl::Status MemoryStore::Push(const Context& context, Blob blob) {
  if (Find(blob.descriptor.digest) != nullptr) return absl::OkStatus();
  std::string bytes;
  io::StringWriter writer(bytes);
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<io::Reader> reader, blob.source->Open(context, 0));
  ABSL_ASSIGN_OR_RETURN(const io::Hashed hashed,
                        io::CopyHashed(context, *reader, writer, Hasher(blob.descriptor.digest), blob.descriptor.size));
  ABSL_RETURN_IF_ERROR(Verify(blob.descriptor, hashed.digest, hashed.size));
  Put(blob.descriptor.digest, std::move(bytes));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<BlobWriter>> MemoryStore::NewWriter(const Context& context) {
  ABSL_RETURN_IF_ERROR(context.Check());
  return std::make_unique<Writer>(*this);
}

absl::Status MemoryStore::Tag(const Context& context, const Descriptor& root, absl::string_view tag) {
  ABSL_RETURN_IF_ERROR(context.Check());
  if (Find(root.digest) == nullptr) return BlobNotFound(root.digest);
  absl::MutexLock lock(&mutex_);
  tags_.insert_or_assign(std::string(tag), root);
  return absl::OkStatus();
}

Digest MemoryStore::Add(std::string bytes) {
  const Digest digest = Digest::Of(bytes);
  Put(digest, std::move(bytes));
  return digest;
}

absl::StatusOr<Descriptor> MemoryStore::Resolve(absl::string_view tag) const {
  absl::MutexLock lock(&mutex_);
  const auto found = tags_.find(std::string(tag));
  if (found == tags_.end()) return NotFoundError(absl::StrCat("tag \"", tag, "\" not found"));
  return found->second;
}

size_t MemoryStore::blob_count() const {
  absl::MutexLock lock(&mutex_);
  return blobs_.size();
}

MemoryStore::Bytes MemoryStore::Find(const Digest& digest) const {
  absl::MutexLock lock(&mutex_);
  const auto found = blobs_.find(digest);
  return found == blobs_.end() ? nullptr : found->second;
}

void MemoryStore::Put(const Digest& digest, std::string bytes) {
  Bytes shared = std::make_shared<const std::string>(std::move(bytes));
  absl::MutexLock lock(&mutex_);
  blobs_.insert_or_assign(digest, std::move(shared));
}

}  // namespace waybill::oci::content::store
