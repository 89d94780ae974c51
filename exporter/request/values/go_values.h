// SPDX-License-Identifier: Apache-2.0
// Booleans and numbers of options as Go's strconv reads them, with its errors: BuildKit's clients see its words.
#ifndef WAYBILL_EXPORTER_REQUEST_VALUES_GO_VALUES_H_
#define WAYBILL_EXPORTER_REQUEST_VALUES_GO_VALUES_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace waybill::exporter::request::values {

// strconv.Quote, but for characters above ASCII, which stay as they are.
std::string GoQuote(absl::string_view text);

// strconv.ParseBool. Errors: INVALID_ARGUMENT in its words.
absl::StatusOr<bool> ParseGoBool(absl::string_view text);

// strconv.ParseInt with base 10 and 64 bits. Errors: INVALID_ARGUMENT in its words.
absl::StatusOr<int64_t> ParseGoInt(absl::string_view text);

}  // namespace waybill::exporter::request::values

#endif  // WAYBILL_EXPORTER_REQUEST_VALUES_GO_VALUES_H_
