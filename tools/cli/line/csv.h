// SPDX-License-Identifier: Apache-2.0
// One line of comma-separated values as Go's encoding/csv reads it, which is how docker's options are written.
#ifndef WAYBILL_TOOLS_CLI_LINE_CSV_H_
#define WAYBILL_TOOLS_CLI_LINE_CSV_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace waybill::cli::line {

// A field may be quoted; quotes inside are doubled. Errors: INVALID_ARGUMENT with Go's words and the column.
absl::StatusOr<std::vector<std::string>> ParseCsvLine(absl::string_view line);

}  // namespace waybill::cli::line

#endif  // WAYBILL_TOOLS_CLI_LINE_CSV_H_
