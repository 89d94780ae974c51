// SPDX-License-Identifier: Apache-2.0
// The layers of one build that its daemon sends because it does not give them to read. They are on disk, and go with
// the build.
#ifndef WAYBILL_EXPORTER_BRIDGE_SPOOL_H_
#define WAYBILL_EXPORTER_BRIDGE_SPOOL_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "oci/content/content.h"
#include "oci/content/temporary_store.h"

namespace waybill::exporter::bridge {

// Thread-safe. Touches the disk with the first writer only.
class Spool : public oci::content::Fetcher {
 public:
  // A directory of its own is made in `parent`.
  explicit Spool(std::string parent) : parent_(std::move(parent)) {}

  absl::StatusOr<std::unique_ptr<oci::content::BlobWriter>> NewWriter(const oci::Context& context);
  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context& context,
                                                         const oci::Descriptor& descriptor) override;

 private:
  // Null before the first writer.
  oci::content::FileStore* Find() const;
  absl::StatusOr<oci::content::FileStore*> Open();

  const std::string parent_;
  mutable absl::Mutex mutex_;
  std::unique_ptr<oci::content::TemporaryStore> files_ ABSL_GUARDED_BY(mutex_);  // never replaced
};

}  // namespace waybill::exporter::bridge

#endif  // WAYBILL_EXPORTER_BRIDGE_SPOOL_H_
