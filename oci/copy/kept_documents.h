// SPDX-License-Identifier: Apache-2.0
// Manifests that are asked for once, however often they are read, and the empty config, which nobody is asked for.
#ifndef WAYBILL_OCI_COPY_KEPT_DOCUMENTS_H_
#define WAYBILL_OCI_COPY_KEPT_DOCUMENTS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/digest.h"

namespace waybill::oci::copy {

// Passes blobs on from another fetcher, which must outlive it. Gives "{}", the config of most artifacts (image-spec,
// manifest.md, "Guidance for an Empty Descriptor"), itself. Thread-safe.
class KeptDocuments final : public content::Fetcher {
 public:
  explicit KeptDocuments(content::Fetcher& from) : from_(from) {}

  // The document's verified bytes, kept for Fetch as long as all that is kept stays below content::kMaxGraphBytes.
  // Errors: those of VerifiedBytes.
  absl::StatusOr<std::string> Read(const Context& context, const Descriptor& document);

  absl::StatusOr<std::unique_ptr<io::Source>> Fetch(const Context& context, const Descriptor& descriptor) override;

 private:
  content::Fetcher& from_;
  absl::Mutex mutex_;
  std::map<Digest, std::string> documents_ ABSL_GUARDED_BY(mutex_);
  int64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace waybill::oci::copy

#endif  // WAYBILL_OCI_COPY_KEPT_DOCUMENTS_H_
