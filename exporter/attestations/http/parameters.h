// SPDX-License-Identifier: Apache-2.0
// The parameters and conditions of a request (moby's API, "images/{name}/attestations"; RFC 9110, 13 and 14).
#ifndef WAYBILL_EXPORTER_ATTESTATIONS_HTTP_PARAMETERS_H_
#define WAYBILL_EXPORTER_ATTESTATIONS_HTTP_PARAMETERS_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "exporter/attestations/blob.h"
#include "exporter/attestations/http/target.h"
#include "exporter/attestations/query.h"

namespace waybill::exporter::attestations::http {

struct Asked {
  Query query;
  bool statement = false;
};

// `platform`: an OCI platform as JSON, as moby has it; here also "linux/arm64", several, and "all". Without one, that
// of this machine. `type`: as Query::types. `statement`: a boolean as moby reads it. Other parameters are passed over,
// as moby does. Errors: INVALID_ARGUMENT naming the parameter.
absl::StatusOr<Asked> ReadParameters(const Parameters& parameters);

// Whether an If-None-Match names the tag, which has its quotes.
bool IsNoneOther(absl::string_view if_none_match, absl::string_view etag);

// What of `size` bytes a Range header asks for. Nullopt: all, also for a header that is not understood, and for several
// ranges (RFC 9110, 14.2). OUT_OF_RANGE: nothing of it is there.
absl::StatusOr<std::optional<Range>> ReadRange(absl::string_view header, int64_t size);

}  // namespace waybill::exporter::attestations::http

#endif  // WAYBILL_EXPORTER_ATTESTATIONS_HTTP_PARAMETERS_H_
