// SPDX-License-Identifier: Apache-2.0
// Blobs in memory: for tests and for the small documents of one export.
#ifndef WAYBILL_OCI_CONTENT_STORE_MEMORY_STORE_H_
#define WAYBILL_OCI_CONTENT_STORE_MEMORY_STORE_H_

#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "oci/content/content.h"

namespace waybill::oci::content::store {

// A complete store. Thread-safe.
class MemoryStore : public Store, public Tagger {
 public:
  absl::StatusOr<std::unique_ptr<io::Source>> Fetch(const Context& context, const Descriptor& descriptor) override;
  absl::StatusOr<bool> Exists(const Context& context, const Descriptor& descriptor) override;
  absl::Status Push(const Context& context, Blob blob) override;
  absl::StatusOr<std::unique_ptr<BlobWriter>> NewWriter(const Context& context) override;
  // Errors: NOT_FOUND when `root` was not pushed.
  absl::Status Tag(const Context& context, const Descriptor& root, absl::string_view tag) override;

  // Puts bytes in directly.
  Digest Add(std::string bytes);
  // What Tag was told. NOT_FOUND naming the tag.
  absl::StatusOr<Descriptor> Resolve(absl::string_view tag) const;
  size_t blob_count() const;

 private:
  // Shared, because a source may be read after its blob was replaced or the store has gone.
  using Bytes = std::shared_ptr<const std::string>;
  class Source;
  class Writer;

  Bytes Find(const Digest& digest) const;
  void Put(const Digest& digest, std::string bytes);

  mutable absl::Mutex mutex_;
  std::map<Digest, Bytes> blobs_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Descriptor> tags_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace waybill::oci::content::store

#endif  // WAYBILL_OCI_CONTENT_STORE_MEMORY_STORE_H_
