// SPDX-License-Identifier: Apache-2.0
// The attestations of one platform as in-toto statements: bundles opened, the SBOM supplemented with layer ids, the
// order settled (BuildKit's exporter/attestation and exporter/containerimage).
#ifndef WAYBILL_EXPORTER_STATEMENTS_ATTESTATIONS_H_
#define WAYBILL_EXPORTER_STATEMENTS_ATTESTATIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "attest/statement.h"
#include "exporter/request/build_result.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/platform.h"

namespace waybill::exporter::statements {

struct StatementInputs {
  const std::vector<request::Attestation>& attestations;
  std::vector<oci::Descriptor> layers;  // as in the manifest, bottom first
  bool has_ref = true;                  // false for the empty file system: its SBOM is not supplemented
  std::vector<attest::StatementSubject> default_subjects;
  oci::Digest manifest;           // subject of a statement that would have none
  std::string version;            // "v0.34.2" gives the creator "Tool: buildkit-v0.34.2"
  int64_t content_limit = 0;      // bytes per attestation file; 0: none, a warning above BuildKit's
  std::string scratch_directory;  // for unlinked temporary files
};

// One subject per image name that is not empty, all with the digest of this platform's image manifest. Errors:
// INVALID_ARGUMENT `failed to parse ref "...": ...`.
absl::StatusOr<std::vector<attest::StatementSubject>> DefaultSubjects(const std::vector<std::string>& names,
                                                                      const oci::Platform& platform,
                                                                      const oci::Digest& manifest);

// Writes the statements into `staging` and returns their descriptors in order: media type
// application/vnd.in-toto+json, annotation "in-toto.io/predicate-type". Content and layers come from `source`.
// Content streams; what must be read at random is mapped from a temporary file. Errors: INVALID_ARGUMENT with
// BuildKit's wording for attestations that it refuses, and what `source` and `staging` report.
absl::StatusOr<std::vector<oci::Descriptor>> MakeStatements(const oci::Context& context, const StatementInputs& inputs,
                                                            oci::content::Fetcher& source,
                                                            oci::content::Store& staging);

}  // namespace waybill::exporter::statements

#endif  // WAYBILL_EXPORTER_STATEMENTS_ATTESTATIONS_H_
