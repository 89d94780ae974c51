// SPDX-License-Identifier: Apache-2.0
// The attestation manifests of a new index exchanged for those that an earlier index has for the same images.
#ifndef WAYBILL_EXPORTER_PUBLISHING_EARLIER_ATTESTATIONS_H_
#define WAYBILL_EXPORTER_PUBLISHING_EARLIER_ATTESTATIONS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "attest/manifest.h"
#include "exporter/answers/delivery.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/image/manifest.h"

namespace waybill::exporter::publishing {

// One new index. Earlier ones are looked at in turn; an image gets the attestation manifest of the first that fits.
// Not thread-safe.
class EarlierAttestations {
 public:
  // Reads the index `root` and its attestation manifests. Without such manifests there is nothing to exchange. Errors:
  // those of the content; INVALID_ARGUMENT for malformed documents.
  static absl::StatusOr<EarlierAttestations> Make(const oci::Context& context, oci::content::Fetcher& content,
                                                  const oci::Descriptor& root);

  // Whether an image has none that fits yet.
  bool is_open() const;

  // Looks at the earlier image `root`, of which `content` has the manifests, and puts those that are taken over into
  // `staging`. One fits when it is the only one that its index lists for a manifest with the same digest, has the form
  // of the new one, and has at least as many statements of each predicate type. Returns how many were taken. Errors:
  // those of `content`; INVALID_ARGUMENT for malformed documents. Those that were taken before an error are kept.
  absl::StatusOr<size_t> LookAt(const oci::Context& context, oci::content::Fetcher& content,
                                const oci::Descriptor& root, oci::content::Store& staging);

  // In the order of the index.
  std::vector<answers::ReusedAttestations> reused() const;

  // The new index with the manifests that were found, put into `staging`; the root of before when there are none. But
  // for digests and sizes of their entries no byte changes.
  absl::StatusOr<oci::Descriptor> Finish(const oci::Context& context, oci::content::Store& staging) const;

 private:
  // An attestation manifest of the new index.
  struct Entry {
    size_t place = 0;  // in the index
    attest::AttestationManifest attestation;
    std::string platform;                                   // of its image, as users write it
    std::optional<oci::Descriptor> earlier = std::nullopt;  // what it is exchanged for
  };

  explicit EarlierAttestations(oci::Descriptor root) : root_(std::move(root)) {}

  oci::Descriptor root_;
  std::string bytes_;
  std::vector<Entry> entries_;
};

}  // namespace waybill::exporter::publishing

#endif  // WAYBILL_EXPORTER_PUBLISHING_EARLIER_ATTESTATIONS_H_
