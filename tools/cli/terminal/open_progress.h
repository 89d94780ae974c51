// SPDX-License-Identifier: Apache-2.0
// The value of --progress.
#ifndef WAYBILL_TOOLS_CLI_TERMINAL_OPEN_PROGRESS_H_
#define WAYBILL_TOOLS_CLI_TERMINAL_OPEN_PROGRESS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "oci/progress.h"

namespace waybill::cli::terminal {

// Progress on standard error in the mode that `text` names (progress.h). INVALID_ARGUMENT naming the text.
absl::StatusOr<std::unique_ptr<oci::ProgressSink>> OpenProgress(const std::string& text);

}  // namespace waybill::cli::terminal

#endif  // WAYBILL_TOOLS_CLI_TERMINAL_OPEN_PROGRESS_H_
