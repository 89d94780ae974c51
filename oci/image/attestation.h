// SPDX-License-Identifier: Apache-2.0
// The one rule that tells an attestation manifest from other manifests, and the image that it is about. Making and
// taking apart such manifests is in attest/manifest.h; the rule is here because pushes need it, and registries do not
// see attest/.
#ifndef WAYBILL_OCI_IMAGE_ATTESTATION_H_
#define WAYBILL_OCI_IMAGE_ATTESTATION_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/image/manifest.h"

namespace waybill::oci::image {

// Annotations of an attestation manifest's entry in an index (BuildKit, docs/attestations/attestation-storage.md).
inline constexpr absl::string_view kReferenceType = "vnd.docker.reference.type";
inline constexpr absl::string_view kReferenceDigest = "vnd.docker.reference.digest";
// The value of kReferenceType.
inline constexpr absl::string_view kAttestationReference = "attestation-manifest";
// Annotation of a statement among the manifest's layers.
inline constexpr absl::string_view kPredicateType = "in-toto.io/predicate-type";

struct AttestationMark {
  // The digest of the image's manifest. Unset when the index entry names something that is no digest.
  std::optional<Digest> image;
};

// Unset when the manifest, which an index or a list of referrers names by `entry`, is no attestation manifest. It is
// one in two cases. Either the entry's kReferenceType is kAttestationReference: then the image is the entry's
// kReferenceDigest, or `subject` where the entry has none. Or `artifact_type` is kAttestationManifest and there is a
// `subject`: then the image is the subject. The entry goes before the subject, because the old form has the entry
// alone. Other values of kReferenceType, and subjects of other artifacts (signatures), make no attestation manifest.
std::optional<AttestationMark> FindAttestationMark(const Descriptor& entry, absl::string_view artifact_type,
                                                   const std::optional<Descriptor>& subject);
std::optional<AttestationMark> FindAttestationMark(const Descriptor& entry, const Manifest& manifest);

// What the index entry of an attestation manifest about `image` says.
Annotations AttestationAnnotations(const Digest& image);

}  // namespace waybill::oci::image

#endif  // WAYBILL_OCI_IMAGE_ATTESTATION_H_
