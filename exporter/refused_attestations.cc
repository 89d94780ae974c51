// SPDX-License-Identifier: Apache-2.0
#include "exporter/refused_attestations.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "exporter/documents/attestation_form.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter {

absl::StatusOr<Replacement> ReplaceRefused(const oci::Context& context, const Image& image,
                                           const request::ExportOptions& options, const absl::Status& refusal,
                                           oci::content::Store& staging) {
  if (options.attestation_refused == request::AttestationRefused::kFail) {
    return oci::MakeError(oci::ReasonOf(refusal).value_or(oci::Reason::kRefused),
                          absl::StrCat(refusal.message(),
                                       "; attestation-refused=legacy pushes them in the form before OCI artifacts, "
                                       "attestation-refused=skip leaves them out"),
                          oci::MetadataOf(refusal));
  }
  const bool legacy = options.attestation_refused == request::AttestationRefused::kLegacy;
  if (legacy && !image.referrers.empty()) {
    return oci::Annotate(refusal, "attestation-refused=legacy needs attestation-placement=both or index");
  }
  oci::Descriptor root = image.root;
  if (legacy) {
    ABSL_ASSIGN_OR_RETURN(root, documents::WithAttestationsAs(context, documents::AttestationForm::kLegacy,
                                                              image.content, image.root, staging));
  } else if (image.referrers.empty()) {
    ABSL_ASSIGN_OR_RETURN(documents::ImagesAndAttestations parts,
                          documents::TakeOutAttestations(context, image.content, image.root, staging));
    root = std::move(parts.root);
  }
  std::string warning = absl::StrCat(refusal.message(), "; pushed ", root.digest.ToString(),
                                     legacy ? " with legacy attestations" : " without attestations", " instead of ",
                                     image.root.digest.ToString());
  return Replacement{.root = std::move(root), .warning = std::move(warning)};
}

}  // namespace waybill::exporter
