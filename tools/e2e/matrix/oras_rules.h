// SPDX-License-Identifier: Apache-2.0
// Finds referrers as oras does (oras-go, registry/remote/repository.go, "Referrers"): the API first; when it answers
// 404 or something that is no image index, the fallback tag.
#ifndef WAYBILL_TOOLS_E2E_MATRIX_ORAS_RULES_H_
#define WAYBILL_TOOLS_E2E_MATRIX_ORAS_RULES_H_

#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "oci/digest.h"

namespace waybill::e2e::matrix {

// Digests of the manifests that refer to `subject` in `repository` of the plain-HTTP registry `host`.
absl::StatusOr<std::set<std::string>> DiscoverAsOras(const std::string& host, const std::string& repository,
                                                     const oci::Digest& subject);

}  // namespace waybill::e2e::matrix

#endif  // WAYBILL_TOOLS_E2E_MATRIX_ORAS_RULES_H_
