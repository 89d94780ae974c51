// SPDX-License-Identifier: Apache-2.0
// The statements of an image in other forms, as blobs and manifests in a staging store that refer to the image.
#ifndef WAYBILL_ATTEST_PUBLISH_PUBLISH_H_
#define WAYBILL_ATTEST_PUBLISH_PUBLISH_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "attest/publish/form.h"
#include "attest/publish/wanted.h"
#include "attest/reader/tree.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/digest.h"

namespace waybill::attest::publish {

struct NewReferrer {
  Form form = Form::kBundle;
  oci::Descriptor subject;  // media type, digest and size
  std::string subject_name;
  std::string predicate_type;
  oci::Digest statement;     // as the image has it
  oci::Descriptor manifest;  // with artifact type and annotations
  int64_t blob_size = 0;     // bytes
};

// A signed statement for a tag (cosign_tag.h).
struct TaggedEnvelope {
  oci::Descriptor subject;
  std::string subject_name;
  std::string predicate_type;
  oci::Digest statement;  // as the image has it
  oci::Descriptor layer;  // with cosign's annotations
};

struct Published {
  // Raw documents first, then statements, then bundles: Trivy takes the first SBOM that is listed.
  std::vector<NewReferrer> added;
  // What the tags may have already is told by the tags alone.
  std::vector<TaggedEnvelope> tagged;
  size_t present = 0;                 // that were there before
  std::vector<std::string> warnings;  // statements that are left out, and limits of consumers that are crossed
};

// Makes what is wanted of the bare statements of `tree`, whose blobs were looked at. Envelopes and bundles stay as they
// are. A statement that does not name the manifest that it is about is left out with a warning, because no verifier
// takes it. A form that refers to the index has the index as a subject too. What the image has already is not made
// again: artifacts with the same bytes, and what the key signed before. `content` has the image, and `staging` gets the
// new blobs; none is in memory but for Ed25519 keys. Errors: those of both; those of signing;
// FAILED_PRECONDITION for bundles without a key.
absl::StatusOr<Published> MakeReferrers(const oci::Context& context, const reader::ImageTree& tree,
                                        const Wanted& wanted, oci::content::Fetcher& content,
                                        oci::content::Store& staging);

}  // namespace waybill::attest::publish

#endif  // WAYBILL_ATTEST_PUBLISH_PUBLISH_H_
