// SPDX-License-Identifier: Apache-2.0
// RFC 3339 times as Go's encoding/json reads and writes them: nanoseconds, and an offset that survives a round trip.
#ifndef WAYBILL_OCI_TIME_H_
#define WAYBILL_OCI_TIME_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace waybill::oci {

struct Timestamp {
  absl::Time time;
  int offset_seconds = 0;  // east of UTC; 0 prints as "Z"
  // Same instant and same offset.
  friend bool operator==(const Timestamp&, const Timestamp&) = default;
};

// "2020-01-02T03:04:05.12+02:00": fractions without trailing zeros. Years 0 to 9999.
std::string FormatTimestamp(const Timestamp& timestamp);
// Upper-case T and Z; fractions beyond nanoseconds cut; as in Go, an hour of one digit and a comma before the fraction
// pass. Errors: INVALID_ARGUMENT with Go's wording
// (`parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"`).
absl::StatusOr<Timestamp> ParseTimestamp(absl::string_view text);

}  // namespace waybill::oci

#endif  // WAYBILL_OCI_TIME_H_
