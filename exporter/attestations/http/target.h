// SPDX-License-Identifier: Apache-2.0
// The target of a request: what of the API it is for, and its parameters.
#ifndef WAYBILL_EXPORTER_ATTESTATIONS_HTTP_TARGET_H_
#define WAYBILL_EXPORTER_ATTESTATIONS_HTTP_TARGET_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace waybill::exporter::attestations::http {

// The version of moby's API that this is a part of: the one that brought attestations.
inline constexpr int kApiMinor = 55;
inline constexpr absl::string_view kApiVersion = "1.55";

using Parameters = std::vector<std::pair<std::string, std::string>>;

struct Target {
  enum class Kind {
    kOther,  // nothing that is served here
    kPing,
    kVersion,
    kAttestations,  // of the image `name`
    kBlob,          // one of them
  };
  Kind kind = Kind::kOther;
  std::string name;    // decoded
  std::string digest;  // of kBlob
  Parameters parameters;
};

// Reads the path with or without a version before it, and the query. Errors: INVALID_ARGUMENT for escapes that are
// none, for a version that is not served, with moby's wording, and for more parameters than the API has use for.
absl::StatusOr<Target> ParseTarget(absl::string_view target);

}  // namespace waybill::exporter::attestations::http

#endif  // WAYBILL_EXPORTER_ATTESTATIONS_HTTP_TARGET_H_
