// SPDX-License-Identifier: Apache-2.0
// What a client asks for, read from its words.
#ifndef WAYBILL_EXPORTER_ATTESTATIONS_QUERY_H_
#define WAYBILL_EXPORTER_ATTESTATIONS_QUERY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "oci/platform.h"

namespace waybill::exporter::attestations {

struct Query {
  std::vector<oci::Platform> platforms;  // normalised; none: all, and what is about the index itself
  std::vector<std::string> types;        // attest::IsOfType; none: all
  bool look = true;                      // at the blobs; without it annotations alone tell what they are
};

// A platform is "linux/arm64", an OCI platform as JSON (moby's form), or "all"; without one, it is that of this
// machine. Errors: INVALID_ARGUMENT for a platform or a type that is none.
absl::StatusOr<Query> ReadQuery(const std::vector<std::string>& platforms, const std::vector<std::string>& types);

}  // namespace waybill::exporter::attestations

#endif  // WAYBILL_EXPORTER_ATTESTATIONS_QUERY_H_
