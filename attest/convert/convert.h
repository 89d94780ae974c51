// SPDX-License-Identifier: Apache-2.0
// The attestations of an index that exists in another form: the one rule of the house, for fresh exports and for
// published images. Statements are opaque and never read, and manifests of images never change.
#ifndef WAYBILL_ATTEST_CONVERT_CONVERT_H_
#define WAYBILL_ATTEST_CONVERT_CONVERT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "attest/manifest.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/digest.h"

namespace waybill::attest::convert {

// An attestation manifest that was converted.
struct Changed {
  oci::Descriptor image;  // as the index lists it
  oci::Digest from;
  oci::Digest to;
  std::string loss;  // why converting back would not give `from`; "" when it would
};

// An entry that stays as it is.
struct Kept {
  oci::Digest manifest;
  std::string reason;
};

struct Conversion {
  oci::Descriptor root;  // the one that was given when nothing changed
  std::vector<Changed> changed;
  std::vector<Kept> kept;
  size_t in_form = 0;  // attestation manifests that were in the form already
};

struct Options {
  // Converts manifests that converting back would not restore. Without it they are kept.
  bool with_loss = false;
};

// The index `root` with its attestation manifests in that form. Only digests and sizes of their entries change (form.h
// tells the exceptions); everything else in the index stays byte for byte, and the order too. Manifests whose image the
// index does not list are kept, and indexes inside the index. New documents go to `staging`. The documents are bounded
// as those of a graph (content/graph.h). Errors: INVALID_ARGUMENT when `root` is no index or a document is malformed;
// the fetcher's and the store's.
absl::StatusOr<Conversion> ConvertAttestations(const oci::Context& context, AttestationForm form,
                                               oci::content::Fetcher& content, const oci::Descriptor& root,
                                               const Options& options, oci::content::Store& staging);

}  // namespace waybill::attest::convert

#endif  // WAYBILL_ATTEST_CONVERT_CONVERT_H_
