// SPDX-License-Identifier: Apache-2.0
// The scripts that make shells complete the command line.
#ifndef WAYBILL_TOOLS_CLI_MANUAL_COMPLETION_SCRIPT_H_
#define WAYBILL_TOOLS_CLI_MANUAL_COMPLETION_SCRIPT_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace waybill::cli::manual {

inline constexpr char kShells[] = "bash|zsh|fish";

// The first argument with which a script calls waybill. The words follow it, the one that is being typed last; the
// answer is CompletionText.
inline constexpr char kCompleteWord[] = "__complete";

// Errors: INVALID_ARGUMENT for another shell.
absl::StatusOr<absl::string_view> CompletionScript(absl::string_view shell);

}  // namespace waybill::cli::manual

#endif  // WAYBILL_TOOLS_CLI_MANUAL_COMPLETION_SCRIPT_H_
