// SPDX-License-Identifier: Apache-2.0
// The layers of one build that its daemon sends because it does not give them to read, and those that waybill makes.
// They are on disk, and go with the build.
#ifndef WAYBILL_EXPORTER_BRIDGE_BUILDS_SPOOL_H_
#define WAYBILL_EXPORTER_BRIDGE_BUILDS_SPOOL_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "oci/content/content.h"
#include "oci/content/store/temporary_store.h"

namespace waybill::exporter::bridge::builds {

// Where spools are, and the bytes that all of them may take together. Thread-safe.
class SpoolSpace {
 public:
  // Removes what bridges that were killed left in the directory, which need not exist.
  SpoolSpace(std::string directory, int64_t limit);

  const std::string& directory() const { return directory_; }
  // False when so much is not free.
  bool Take(int64_t bytes);
  void Give(int64_t bytes) { free_ += bytes; }
  int64_t taken() const { return limit_ - free_; }

 private:
  const std::string directory_;
  const int64_t limit_;
  std::atomic<int64_t> free_;
};

// Thread-safe. Touches the disk with the first writer only; gives its space back when it goes.
class Spool : public oci::content::Store {
 public:
  explicit Spool(SpoolSpace& space) : space_(space) {}
  ~Spool() override { space_.Give(taken_); }

  // For a blob of at most `size` bytes, whose space is free again when the writer goes without a commit. The writer
  // must not outlive the spool. Errors: kStorage when the space is used up.
  absl::StatusOr<std::unique_ptr<oci::content::BlobWriter>> NewWriter(const oci::Context& context, int64_t size);
  // The same for a blob whose size is not known: takes space as it is written.
  absl::StatusOr<std::unique_ptr<oci::content::BlobWriter>> NewWriter(const oci::Context& context) override;
  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context& context,
                                                         const oci::Descriptor& descriptor) override;
  absl::StatusOr<bool> Exists(const oci::Context& context, const oci::Descriptor& descriptor) override;
  absl::Status Push(const oci::Context& context, oci::content::Blob blob) override;

 private:
  class Writer;

  // Errors: kStorage when so much is not free.
  absl::Status Take(int64_t bytes);
  // Null before the first writer.
  oci::content::store::FileStore* Find() const;
  absl::StatusOr<oci::content::store::FileStore*> Open();

  SpoolSpace& space_;
  std::atomic<int64_t> taken_ = 0;
  mutable absl::Mutex mutex_;
  std::unique_ptr<oci::content::store::TemporaryStore> files_ ABSL_GUARDED_BY(mutex_);  // never replaced
};

}  // namespace waybill::exporter::bridge::builds

#endif  // WAYBILL_EXPORTER_BRIDGE_BUILDS_SPOOL_H_
