// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/terminal/exit_code.h"

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/words/quote.h"
#include "tools/cli/terminal/terminal.h"

namespace waybill::cli::terminal {

using oci::Reason;

int ExitCodeOf(const absl::Status& status) {
  if (status.ok()) return 0;
  switch (*oci::ReasonOf(status)) {
    case Reason::kInvalidInput:
    case Reason::kUnsupported:
    case Reason::kNotFound:
      return kUsageExit;
    case Reason::kVerification:
      return 2;
    case Reason::kAuth:
      return 3;
    case Reason::kRefused:
      return 4;
    case Reason::kNetwork:
    case Reason::kTimeout:
      return 5;
    case Reason::kConflict:
    case Reason::kStorage:
      return 6;
    case Reason::kInternal:
      return 70;
    case Reason::kInterrupted:
      return 130;
  }
  return 70;
}

std::string ErrorLine(const absl::Status& status) {
  return absl::StrCat("waybill: ", Printable(status.message()), "\n");
}

std::string ErrorDetails(const absl::Status& status) {
  std::string details = absl::StrCat("  code: ", absl::StatusCodeToString(status.code()), "\n");
  if (const std::optional<Reason> reason = oci::ReasonOf(status); reason.has_value()) {
    absl::StrAppend(&details, "  reason: ", oci::ReasonName(*reason), "\n");
  }
  for (const auto& [key, value] : oci::MetadataOf(status)) {
    absl::StrAppend(&details, "  ", oci::words::Quoted(key), ": ", oci::words::Quoted(value), "\n");
  }
  return details;
}

}  // namespace waybill::cli::terminal
