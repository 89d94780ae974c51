// SPDX-License-Identifier: Apache-2.0
// Statements that a user adds to a result.
#ifndef WAYBILL_EXPORTER_INPUT_ATTEST_H_
#define WAYBILL_EXPORTER_INPUT_ATTEST_H_

#include <string>

#include "absl/status/status.h"
#include "exporter/request/build_result.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/platform.h"

namespace waybill::exporter::input {

struct AttestationFile {
  // "sbom", "provenance" or a predicate type.
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

// Adds the file to the result's attestations. The predicate type of "sbom" is SPDX' or CycloneDX', that of
// "provenance" SLSA's v1 or v0.2, as the document shows; a statement says itself what it is. Errors: INVALID_ARGUMENT
// naming the file (not JSON, another type than said) or the platform (the result has none such); UNIMPLEMENTED for a
// signed envelope (DSSE).
absl::Status AddAttestation(const oci::Context& context, const AttestationFile& file, const AttestationPlace& place,
                            request::BuildResult& result);

}  // namespace waybill::exporter::input

#endif  // WAYBILL_EXPORTER_INPUT_ATTEST_H_
