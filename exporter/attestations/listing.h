// SPDX-License-Identifier: Apache-2.0
// What is attested about an image that a client names.
#ifndef WAYBILL_EXPORTER_ATTESTATIONS_LISTING_H_
#define WAYBILL_EXPORTER_ATTESTATIONS_LISTING_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "attest/reader/reader.h"
#include "attest/reader/tree.h"
#include "exporter/attestations/listed_blobs.h"
#include "exporter/attestations/policy.h"
#include "exporter/attestations/query.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/places/open_image.h"

namespace waybill::exporter::attestations {

// A statement about an image, once for each that it is about.
struct Entry {
  const attest::reader::Node* manifest = nullptr;  // the first that has it; those of the index come first
  const attest::reader::Node* about = nullptr;
  const attest::reader::Item* item = nullptr;
  std::vector<attest::reader::Source> sources;
  attest::reader::SubjectMatch match = attest::reader::SubjectMatch::kNone;
};

// One image, open as long as this is.
class Listing {
 public:
  // In the order of the image's index and of its manifests.
  const std::vector<Entry>& entries() const { return entries_; }
  // What could not be read, or is beyond the limits: there may be more attestations. Bounded.
  const std::vector<std::string>& gaps() const { return gaps_; }
  // The blob that one of the entries has; NOT_FOUND for other digests.
  absl::StatusOr<oci::Descriptor> Find(absl::string_view digest) const;
  oci::content::Fetcher& content() const { return place_->content(); }
  // The status without the paths that only this process knows.
  absl::Status Told(const absl::Status& status) const { return image_.Told(status); }

 private:
  friend class Lister;
  AllowedImage image_;
  std::unique_ptr<oci::places::OpenedImage> place_;
  attest::reader::ImageTree tree_;
  std::vector<Entry> entries_;
  std::vector<std::string> gaps_;
};

// Thread-safe.
class Lister {
 public:
  // Less than the reader's own, because many clients may ask at once.
  static constexpr attest::reader::Limits kLimits = {
      .manifests = 500, .listed = 2000, .document_bytes = 8 << 20, .look_bytes = 256 << 10, .parallel = 8};

  // `client` is called for images in registries alone.
  Lister(Policy policy, oci::places::ClientOf client)
      : policy_(std::move(policy)), client_(std::move(client)), listed_(policy_, client_) {}
  Lister(const Lister&) = delete;
  Lister& operator=(const Lister&) = delete;

  // Errors: those of Policy::Admit, of the image's place and of ReadImage; NOT_FOUND when the image has no manifest for
  // a platform that is asked for; INVALID_ARGUMENT for a type that is none; the error of an attestation manifest that
  // the index lists for a platform that is asked for, and that cannot be read.
  absl::StatusOr<std::unique_ptr<Listing>> List(const oci::Context& context, absl::string_view name,
                                                const Query& query) const;

  // The blobs that lists had lately.
  ListedBlobs& listed() const { return listed_; }

 private:
  const Policy policy_;
  const oci::places::ClientOf client_;
  mutable ListedBlobs listed_;
};

}  // namespace waybill::exporter::attestations

#endif  // WAYBILL_EXPORTER_ATTESTATIONS_LISTING_H_
