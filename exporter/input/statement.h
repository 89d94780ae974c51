// SPDX-License-Identifier: Apache-2.0
// In-toto statements that exist already, as attestations of a build result.
#ifndef WAYBILL_EXPORTER_INPUT_STATEMENT_H_
#define WAYBILL_EXPORTER_INPUT_STATEMENT_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "exporter/request/build_result.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/digest.h"

namespace waybill::exporter::input {

// True for a JSON object whose "_type" is a version of in-toto's Statement.
bool IsStatement(absl::string_view bytes);
// `bytes` are JSON. UNIMPLEMENTED for a DSSE envelope, a statement that is signed: no build result can hold the
// signature.
absl::Status RefuseEnvelope(absl::string_view bytes);

// "sbom" and "provenance" as metadata "reason" names them; "" for other predicate types.
std::string ReasonOfPredicate(absl::string_view predicate_type);

// The statement's predicate, put into `store`, with its types and subjects. A subject with the digest of `image`
// becomes the image itself, so that it follows the image when that changes. `path` names the attestation in errors.
// Errors: INVALID_ARGUMENT when `statement` is none; UNIMPLEMENTED for a DSSE envelope; those of `store`.
absl::StatusOr<request::Attestation> AttestationOfStatement(const oci::Context& context, absl::string_view statement,
                                                            const std::optional<oci::Digest>& image,
                                                            const std::string& path, oci::content::Store& store);

}  // namespace waybill::exporter::input

#endif  // WAYBILL_EXPORTER_INPUT_STATEMENT_H_
