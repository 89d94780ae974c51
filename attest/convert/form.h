// SPDX-License-Identifier: Apache-2.0
// One attestation manifest in the other form, by editing its bytes and those of its entry in an index. Pure. What
// BuildKit wrote becomes what BuildKit writes in the other form (docs/attestations/attestation-storage.md); what others
// added stays where it is.
#ifndef WAYBILL_ATTEST_CONVERT_FORM_H_
#define WAYBILL_ATTEST_CONVERT_FORM_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "attest/manifest.h"
#include "oci/descriptor.h"
#include "oci/image/document.h"

namespace waybill::attest::convert {

// An attestation manifest as it lies in an index.
struct Listed {
  std::string entry;     // the raw descriptor in the index
  std::string manifest;  // the manifest's bytes
};

struct Formed {
  Listed listed;
  oci::image::ManifestDocuments documents;  // to store: the manifest, and the config that it needs
};

// `listed`, which is about the image whose manifest is `image`, in that form. Of the manifest the artifact type, the
// subject and four fields of the config's descriptor change, of the entry the digest and the size. The entry of a
// legacy manifest also gets the annotations that name the image, and a platform, where it lacks them. Errors:
// INVALID_ARGUMENT for documents that are malformed or have one of these fields twice.
absl::StatusOr<Formed> InForm(AttestationForm form, const Listed& listed, const oci::Descriptor& image);

// Why converting `formed` back to `form` would not give `listed` again, byte for byte; "" when it would.
std::string LossOf(AttestationForm form, const Listed& listed, const Formed& formed, const oci::Descriptor& image);

}  // namespace waybill::attest::convert

#endif  // WAYBILL_ATTEST_CONVERT_FORM_H_
