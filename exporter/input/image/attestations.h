// SPDX-License-Identifier: Apache-2.0
// The statements about an image: those of its index, and those that refer to it from beside the index.
#ifndef WAYBILL_EXPORTER_INPUT_IMAGE_ATTESTATIONS_H_
#define WAYBILL_EXPORTER_INPUT_IMAGE_ATTESTATIONS_H_

#include <map>
#include <vector>

#include "absl/status/statusor.h"
#include "exporter/input/image/contents.h"
#include "exporter/input/image/image.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/digest.h"

namespace waybill::exporter::input::image {

struct ImageStatements {
  std::vector<oci::Descriptor> statements;
  // An attestation manifest without statements, which comes from a bundle without files: how many of them.
  int empty = 0;
};

// By the digest of the image's manifest. Statements with one digest are one. The index's own attestation manifests go
// before referrers: a referrer's statement is left out when the index has one of the same predicate type, because it
// is that of an earlier export. Without an attestation manifest in the index nothing tells which one is newer, and
// statements of all referrers are kept. Warnings name what is left out: statements of referrers, referrers of the root,
// of images and of attestation manifests that no build result can hold (signatures, documents), referrers that cannot
// be listed or read, and annotations that no attestation can hold. Errors: that of `context`.
absl::StatusOr<std::map<oci::Digest, ImageStatements>> CollectStatements(const oci::Context& context,
                                                                         const oci::Descriptor& root,
                                                                         const ImageContents& contents,
                                                                         const ImageParts& parts);

}  // namespace waybill::exporter::input::image

#endif  // WAYBILL_EXPORTER_INPUT_IMAGE_ATTESTATIONS_H_
