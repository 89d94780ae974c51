// SPDX-License-Identifier: Apache-2.0
// A blob on a mirror: its bytes are checked before anybody gets one, because the origin can still give them then.
#ifndef WAYBILL_EXPORTER_INPUT_IMAGE_MIRRORED_BLOB_H_
#define WAYBILL_EXPORTER_INPUT_IMAGE_MIRRORED_BLOB_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/file/mapping.h"
#include "oci/io/stream.h"

namespace waybill::exporter::input::image {

// The first Open reads the whole from the mirror into an unlinked file; readers may outlive the source. Thread-safe:
// the others wait for the first.
class MirroredBlob final : public oci::io::Source {
 public:
  // Gives the blob from elsewhere, told why the mirror's bytes do not count.
  using Instead = std::function<absl::StatusOr<std::unique_ptr<oci::io::Source>>(const oci::Context& context,
                                                                                 const absl::Status& why)>;
  MirroredBlob(oci::Descriptor descriptor, std::unique_ptr<oci::io::Source> mirror, std::string scratch_directory,
               Instead instead)
      : descriptor_(std::move(descriptor)),
        mirror_(std::move(mirror)),
        scratch_(std::move(scratch_directory)),
        instead_(std::move(instead)) {}

  int64_t size() const override { return mirror_->size(); }
  // Errors: those of `instead`; the context's.
  absl::StatusOr<std::unique_ptr<oci::io::Reader>> Open(const oci::Context& context, int64_t offset) const override;

 private:
  absl::Status Take(const oci::Context& context) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const oci::Descriptor descriptor_;
  const std::unique_ptr<oci::io::Source> mirror_;
  const std::string scratch_;
  const Instead instead_;
  mutable absl::Mutex mu_;
  // Shared: readers hold it too.
  mutable std::shared_ptr<const oci::file::Mapping> checked_ ABSL_GUARDED_BY(mu_);
  mutable std::unique_ptr<oci::io::Source> other_ ABSL_GUARDED_BY(mu_);
};

}  // namespace waybill::exporter::input::image

#endif  // WAYBILL_EXPORTER_INPUT_IMAGE_MIRRORED_BLOB_H_
