// SPDX-License-Identifier: Apache-2.0
// Statements that a user adds to a result.
#ifndef WAYBILL_EXPORTER_INPUT_ATTEST_H_
#define WAYBILL_EXPORTER_INPUT_ATTEST_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "exporter/request/build_result.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/platform.h"

namespace waybill::exporter::input {

struct AttestationFile {
  // A name of predicate.h ("sbom", "provenance", "vex", ...) or a predicate type.
  std::string type;
  // A predicate, or an in-toto statement, which keeps its own subjects.
  std::string path;
  // As in "linux/arm64"; "" adds it to every platform.
  std::string platform;
};

struct AttestationPlace {
  oci::Platform host;             // the platform of results that do not name theirs
  oci::content::Store& store;     // gets the predicate; the export reads it as well
  std::string scratch_directory;  // for unlinked temporary files
};

// Whether the type is one, and the path can be read more than once. INVALID_ARGUMENT that says what is wrong.
absl::Status CheckAttestationFile(const AttestationFile& file);

// The file as an attestation of whatever image. The predicate type of a document that is given by a name is the one
// that its members show (PredicateTypeOf); a statement says itself what it is. Errors: INVALID_ARGUMENT that says what
// the file is (not JSON, another type than said, a pipe); UNIMPLEMENTED for a signed envelope (DSSE).
absl::StatusOr<request::Attestation> ReadAttestation(const oci::Context& context, const AttestationFile& file,
                                                     const AttestationPlace& place);

// Adds the file to the result's attestations. Errors: those of ReadAttestation; INVALID_ARGUMENT when the result has no
// such platform.
absl::Status AddAttestation(const oci::Context& context, const AttestationFile& file, const AttestationPlace& place,
                            request::BuildResult& result);

}  // namespace waybill::exporter::input

#endif  // WAYBILL_EXPORTER_INPUT_ATTEST_H_
