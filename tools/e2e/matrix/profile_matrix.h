// SPDX-License-Identifier: Apache-2.0
// What pushes do on every kind of registry: each profile of the fake registry x where attestations are placed x their
// form, pushed, pushed again, pushed with new attestations, and looked for afterwards as oras does.
#ifndef WAYBILL_TOOLS_E2E_MATRIX_PROFILE_MATRIX_H_
#define WAYBILL_TOOLS_E2E_MATRIX_PROFILE_MATRIX_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "exporter/input/result_directory.h"
#include "oci/registry/server/profiles/profiles.h"

namespace waybill::e2e::matrix {

struct MatrixRow {
  std::string profile;
  std::string placement;  // attestation-placement
  std::string form;       // "artifact" or "legacy"
  // "works", "works; <warning>" or the error; addresses and digests are replaced by words.
  std::string first_push;
  std::string second_push;
  std::string new_attestations;
  std::string discovered;    // "works", "none" or what went wrong
  size_t fallback_tags = 0;  // in the repository, after all pushes
};

// `sample` has attestations for each of its platforms.
absl::StatusOr<MatrixRow> RunRow(const oci::registry::server::profiles::Profile& profile, const std::string& placement,
                                 const std::string& form, exporter::input::OpenedResult& sample);

// All rows, in the order of the profiles.
absl::StatusOr<std::vector<MatrixRow>> RunMatrix(exporter::input::OpenedResult& sample);

}  // namespace waybill::e2e::matrix

#endif  // WAYBILL_TOOLS_E2E_MATRIX_PROFILE_MATRIX_H_
