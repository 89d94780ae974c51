// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "oci/error.h"
#include "oci/io/string.h"
#include "oci/registry/server/store/storage.h"

namespace waybill::oci::registry::server::store {
namespace {

// Shared by the repositories that have the blob and by readers, which may outlive its removal.
using Bytes = std::shared_ptr<const std::string>;

class SharedReader : public io::Reader {
 public:
  SharedReader(Bytes bytes, int64_t offset)
      : bytes_(std::move(bytes)), reader_(absl::string_view(*bytes_).substr(static_cast<size_t>(offset))) {}
  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override { return reader_.Read(buffer); }

 private:
  Bytes bytes_;
  io::StringReader reader_;
};

class SharedSource : public io::Source {
 public:
  explicit SharedSource(Bytes bytes) : bytes_(std::move(bytes)) {}
  int64_t size() const override { return static_cast<int64_t>(bytes_->size()); }
  absl::StatusOr<std::unique_ptr<io::Reader>> Open(const Context&, int64_t offset) const override {
    return std::make_unique<SharedReader>(bytes_, offset);
  }

 private:
  Bytes bytes_;
};

class MemoryStorage : public Storage {
 public:
  absl::StatusOr<std::unique_ptr<Draft>> NewDraft(absl::string_view repository) override;

  absl::StatusOr<std::unique_ptr<io::Source>> Open(absl::string_view repository, const Digest& digest) override {
    absl::MutexLock lock(&mutex_);
    const auto found = blobs_.find(Key(repository, digest));
    if (found == blobs_.end()) return Unknown(repository, digest);
    return std::make_unique<SharedSource>(found->second);
  }

  absl::Status Remove(absl::string_view repository, const Digest& digest) override {
    absl::MutexLock lock(&mutex_);
    return blobs_.erase(Key(repository, digest)) > 0 ? absl::OkStatus() : Unknown(repository, digest);
  }

  absl::Status Mount(absl::string_view from, absl::string_view to, const Digest& digest) override {
    absl::MutexLock lock(&mutex_);
    const auto found = blobs_.find(Key(from, digest));
    if (found == blobs_.end()) return Unknown(from, digest);
    blobs_[Key(to, digest)] = found->second;
    return absl::OkStatus();
  }

  absl::Status Save(absl::string_view, absl::string_view) override { return absl::OkStatus(); }
  absl::StatusOr<std::map<std::string, std::string>> LoadAll() override { return std::map<std::string, std::string>(); }

  void Keep(absl::string_view repository, const Digest& digest, std::string bytes) {
    absl::MutexLock lock(&mutex_);
    blobs_[Key(repository, digest)] = std::make_shared<const std::string>(std::move(bytes));
  }

 private:
  static std::pair<std::string, Digest> Key(absl::string_view repository, const Digest& digest) {
    return {std::string(repository), digest};
  }
  static absl::Status Unknown(absl::string_view repository, const Digest& digest) {
    return NotFoundError(absl::StrCat(repository, " has no blob ", digest.ToString()));
  }

  absl::Mutex mutex_;
  std::map<std::pair<std::string, Digest>, Bytes> blobs_ ABSL_GUARDED_BY(mutex_);
};

class MemoryDraft : public Draft {
 public:
  MemoryDraft(MemoryStorage& storage, absl::string_view repository) : storage_(storage), repository_(repository) {}
  absl::Status Write(absl::string_view bytes) override {
    bytes_.append(bytes.data(), bytes.size());
    return absl::OkStatus();
  }
  absl::Status Close() override { return absl::OkStatus(); }
  int64_t size() const override { return static_cast<int64_t>(bytes_.size()); }
  absl::Status Keep(const Digest& digest) override {
    storage_.Keep(repository_, digest, std::move(bytes_));
    return absl::OkStatus();
  }

 private:
  MemoryStorage& storage_;
  const std::string repository_;
  std::string bytes_;
};

absl::StatusOr<std::unique_ptr<Draft>> MemoryStorage::NewDraft(absl::string_view repository) {
  return std::make_unique<MemoryDraft>(*this, repository);
}

}  // namespace

std::unique_ptr<Storage> NewMemoryStorage() { return std::make_unique<MemoryStorage>(); }

}  // namespace waybill::oci::registry::server::store
