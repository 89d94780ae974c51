// SPDX-License-Identifier: Apache-2.0
// Attestation manifests, which attach statements to an image: made and taken apart, in both forms that BuildKit writes.
// oci/image/attestation.h has the rule that recognises one.
#ifndef WAYBILL_ATTEST_MANIFEST_H_
#define WAYBILL_ATTEST_MANIFEST_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/image/document.h"
#include "oci/image/manifest.h"

namespace waybill::attest {

enum class AttestationForm {
  kArtifact,  // artifactType, subject, the empty config
  kLegacy,    // as BuildKit wrote them before: an image config, neither artifactType nor subject
};

// The manifest that attaches `statements` (layers, in order) to the image whose manifest is `subject`, and its config.
// The manifest's descriptor is its entry in the image's index. In the legacy form that entry alone names the image.
oci::image::ManifestDocuments MakeManifest(AttestationForm form, const oci::Descriptor& subject,
                                           const std::vector<oci::Descriptor>& statements);

// The annotations of a statement with that predicate type among the manifest's layers, and the type that a statement's
// annotations tell, "" when they do not.
oci::Annotations StatementAnnotations(absl::string_view predicate_type);
std::string PredicateTypeOf(const oci::Descriptor& statement);

struct AttestationManifest {
  oci::Descriptor descriptor;  // as the index or the list of referrers has it
  AttestationForm form = AttestationForm::kArtifact;
  std::optional<oci::Digest> image;  // the manifest that it is about; unset when what is named is no digest
  std::vector<oci::Descriptor> statements;
  oci::Annotations annotations;  // of the manifest
};

// Whether the manifest is an image's: it has an image's config, and its layers are not all statements, as those of an
// attestation manifest whose entry does not say so.
bool IsImage(const oci::image::Manifest& manifest);

// Unset when `manifest`, which `entry` names, is no attestation manifest.
std::optional<AttestationManifest> TakeApart(const oci::Descriptor& entry, const oci::image::Manifest& manifest);

}  // namespace waybill::attest

#endif  // WAYBILL_ATTEST_MANIFEST_H_
