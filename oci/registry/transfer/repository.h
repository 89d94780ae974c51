// SPDX-License-Identifier: Apache-2.0
// One repository as a place where images are read from and written to.
#ifndef WAYBILL_OCI_REGISTRY_TRANSFER_REPOSITORY_H_
#define WAYBILL_OCI_REGISTRY_TRANSFER_REPOSITORY_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "oci/content/content.h"
#include "oci/content/referrers.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/registry/host.h"
#include "oci/registry/transfer/blobs.h"
#include "oci/registry/transfer/manifests.h"

namespace waybill::oci::registry::transfer {

// Thread-safe. The host must outlive it and the sources that it gives. Whole images are put there with Push
// (push.h), which asks less.
class Repository : public content::Target, public content::Resolver {
 public:
  enum class Reads {
    kChecked,  // Fetch asks whether a blob is there, and its size
    // As few round trips as possible. A blob whose size the descriptor has is not asked for: one that is not there, or
    // is larger, shows when its source is opened and read. The manifest that Resolve read last is kept for a Fetch.
    kFewest,
  };
  Repository(Host& host, std::string name, Reads reads = Reads::kChecked)
      : host_(host),
        name_(std::move(name)),
        reads_(reads),
        blobs_(host, name_, traffic_),
        manifests_(host, name_, traffic_) {}

  // The manifest or index that `reference`, a tag or a digest, stands for. Errors: NOT_FOUND naming it.
  absl::StatusOr<Descriptor> Resolve(const Context& context, absl::string_view reference) override;

  absl::StatusOr<std::unique_ptr<io::Source>> Fetch(const Context& context, const Descriptor& descriptor) override;
  absl::StatusOr<bool> Exists(const Context& context, const Descriptor& descriptor) override;
  absl::Status Push(const Context& context, content::Blob blob) override;
  // `tag` may be a whole name: its tag counts then.
  absl::Status Tag(const Context& context, const Descriptor& root, absl::string_view tag) override;

  const Traffic& traffic() const { return traffic_; }

 private:
  absl::StatusOr<std::optional<FetchedManifest>> Manifest(const Context& context, const Digest& digest);
  absl::Status PutManifest(const Context& context, const Descriptor& descriptor, absl::string_view reference,
                           absl::string_view bytes);

  Host& host_;
  const std::string name_;
  const Reads reads_;
  Traffic traffic_;
  Blobs blobs_;
  Manifests manifests_;
  absl::Mutex mutex_;
  std::optional<FetchedManifest> resolved_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace waybill::oci::registry::transfer

#endif  // WAYBILL_OCI_REGISTRY_TRANSFER_REPOSITORY_H_
