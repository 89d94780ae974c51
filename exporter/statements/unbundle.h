// SPDX-License-Identifier: Apache-2.0
// Attestations taken apart into what becomes one statement each: checked, bundles opened, in the order in which they
// are written (BuildKit's exporter/attestation/unbundle.go).
#ifndef WAYBILL_EXPORTER_STATEMENTS_UNBUNDLE_H_
#define WAYBILL_EXPORTER_STATEMENTS_UNBUNDLE_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "exporter/request/build_result.h"
#include "exporter/statements/statement_content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/file/mapping.h"

namespace waybill::exporter::statements {

// One bundle has at most so many files.
inline constexpr size_t kMaxBundleFiles = 10000;

// Where a statement's predicate is: in a blob as it came, or inside a bundle's file, normalised when it is read.
struct UnbundledAttestation {
  std::string path;
  std::string predicate_type;
  std::string statement_type;  // "" for the one of today
  std::map<std::string, std::string> metadata;
  std::vector<request::AttestationSubject> subjects;
  std::optional<oci::Descriptor> content;  // else:
  std::unique_ptr<oci::file::Mapping> file;
  absl::string_view predicate;  // inside `file`

  // The core SBOM: metadata "sbom-core" is `name` up to its first dot.
  bool IsCore(absl::string_view name) const;
};

// The core SBOM first, else in the order given and, within a bundle, by file name. Errors: INVALID_ARGUMENT with
// BuildKit's wording.
absl::StatusOr<std::vector<UnbundledAttestation>> Unbundle(const oci::Context& context,
                                                           const std::vector<request::Attestation>& attestations,
                                                           const ContentReader& content);

}  // namespace waybill::exporter::statements

#endif  // WAYBILL_EXPORTER_STATEMENTS_UNBUNDLE_H_
