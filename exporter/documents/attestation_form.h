// SPDX-License-Identifier: Apache-2.0
// An image's index with its attestations in another form: for registries that refuse the one they have, and for build
// daemons that do not know the one that is asked for.
#ifndef WAYBILL_EXPORTER_DOCUMENTS_ATTESTATION_FORM_H_
#define WAYBILL_EXPORTER_DOCUMENTS_ATTESTATION_FORM_H_

#include <vector>

#include "absl/status/statusor.h"
#include "attest/manifest.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"

namespace waybill::exporter::documents {

using attest::AttestationForm;

// The index `root` with every attestation manifest in that form, as attest/convert makes it, whatever is lost; `root`
// itself when they are. New documents go to `staging`. Errors: INVALID_ARGUMENT when `root` is no index; the fetcher's
// and the store's.
absl::StatusOr<oci::Descriptor> WithAttestationsAs(const oci::Context& context, AttestationForm form,
                                                   oci::content::Fetcher& content, const oci::Descriptor& root,
                                                   oci::content::Store& staging);

struct ImagesAndAttestations {
  oci::Descriptor root;                       // an index of the images alone
  std::vector<oci::Descriptor> attestations;  // the manifests that the index listed with them
};

// The index `root` taken apart. The new index goes to `staging`. Errors as WithAttestationsAs.
absl::StatusOr<ImagesAndAttestations> TakeOutAttestations(const oci::Context& context, oci::content::Fetcher& content,
                                                          const oci::Descriptor& root, oci::content::Store& staging);

}  // namespace waybill::exporter::documents

#endif  // WAYBILL_EXPORTER_DOCUMENTS_ATTESTATION_FORM_H_
