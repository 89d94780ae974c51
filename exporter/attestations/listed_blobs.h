// SPDX-License-Identifier: Apache-2.0
// The blobs of attestations that were listed lately, by digest alone, for clients that read blobs as containerd does.
#ifndef WAYBILL_EXPORTER_ATTESTATIONS_LISTED_BLOBS_H_
#define WAYBILL_EXPORTER_ATTESTATIONS_LISTED_BLOBS_H_

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "exporter/attestations/policy.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/places/open_image.h"

namespace waybill::exporter::attestations {

// Remembers which image has a blob, and no bytes. A digest that nobody listed is NOT_FOUND: no client reaches anything
// by this that it could not name. Thread-safe.
class ListedBlobs final : public oci::content::Fetcher {
 public:
  // The most that are remembered; those that were listed first are forgotten first.
  static constexpr size_t kMost = 10'000;
  // Sources at a time. Each may hold a connection to a registry for as long as its client takes.
  static constexpr int kMostOpen = 16;

  // Both must outlive it. At most `most` blobs are remembered, one at least.
  ListedBlobs(const Policy& policy, const oci::places::ClientOf& client, size_t most = kMost)
      : policy_(policy), client_(client), most_(most) {}

  // `name` is that of an image that the policy admitted, with these blobs.
  void Remember(absl::string_view name, const std::vector<oci::Descriptor>& blobs);

  // Bytes of the blob, as its manifest has it; nothing for a blob that is not remembered.
  std::optional<int64_t> SizeOf(const oci::Digest& digest) const;

  // Opens the blob's image again: the policy is asked again, and the source owns what was opened. Only the digest of
  // `descriptor` counts. A reader from offset 0 fails at the end instead of giving the last bytes when the digest is
  // another. Errors: NOT_FOUND; UNAVAILABLE when too many are open; those of the policy, of the image's place and of
  // its blob.
  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context& context,
                                                         const oci::Descriptor& descriptor) override;

 private:
  struct Known {
    oci::Descriptor blob;
    std::shared_ptr<const std::string> image;  // its name, shared by the blobs of a listing
  };
  std::optional<Known> Find(const oci::Digest& digest) const ABSL_LOCKS_EXCLUDED(mutex_);
  // Unset when too many sources are open; a source holds it.
  std::shared_ptr<const int> TakeTurn() ABSL_LOCKS_EXCLUDED(mutex_);

  const Policy& policy_;
  const oci::places::ClientOf& client_;
  const size_t most_;
  mutable absl::Mutex mutex_;
  std::map<oci::Digest, Known> known_ ABSL_GUARDED_BY(mutex_);
  std::deque<oci::Digest> order_ ABSL_GUARDED_BY(mutex_);  // of known_: the first goes first
  // Its other owners are the sources that are open.
  const std::shared_ptr<const int> turn_ = std::make_shared<const int>(0);
};

}  // namespace waybill::exporter::attestations

#endif  // WAYBILL_EXPORTER_ATTESTATIONS_LISTED_BLOBS_H_
