// SPDX-License-Identifier: Apache-2.0
// The tag under which cosign before v3 keeps the attestations of a manifest: an image whose layers are DSSE envelopes
// (cosign, specs/SIGNATURE_SPEC.md and ATTESTATION_SPEC.md). Pure: documents, no I/O.
#ifndef WAYBILL_ATTEST_PUBLISH_COSIGN_TAG_H_
#define WAYBILL_ATTEST_PUBLISH_COSIGN_TAG_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/image/document.h"

namespace waybill::attest::publish {

// "sha256-<hex>.att".
std::string CosignTag(const oci::Digest& subject);

// Of the layer with an envelope: cosign's, and by which an envelope of the same statement by the same key is known. The
// hint is that of PublicKey::hint.
oci::Annotations EnvelopeAnnotations(absl::string_view predicate_type, const oci::Digest& statement,
                                     absl::string_view key_hint);

// `manifest` (the bytes of an OCI manifest, or "" for none) with the envelopes in it. An envelope of the same statement
// by the same key stays as it is; others are appended in order. Layers of others and all that the manifest holds
// besides stay byte for byte. The config lists the layers, as cosign's does. The manifest's bytes are those of
// `manifest` when nothing changes. Errors: INVALID_ARGUMENT when it is no such manifest, has no config or no
// list of layers, or would exceed 4 MiB.
absl::StatusOr<oci::image::ManifestDocuments> WithEnvelopes(absl::string_view manifest,
                                                            const std::vector<oci::Descriptor>& envelopes);

}  // namespace waybill::attest::publish

#endif  // WAYBILL_ATTEST_PUBLISH_COSIGN_TAG_H_
