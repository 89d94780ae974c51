// SPDX-License-Identifier: Apache-2.0
// The path in errors of what writes files.
#ifndef WAYBILL_EXPORTER_OUTPUT_AT_PATH_H_
#define WAYBILL_EXPORTER_OUTPUT_AT_PATH_H_

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "oci/error.h"

namespace waybill::exporter::output {

// "writing <path>: <message>", unless the message names the path already, as those of failed system calls do.
inline absl::Status AtPath(const absl::Status& status, absl::string_view path) {
  if (absl::StrContains(status.message(), path)) return status;
  return oci::Annotate(status, absl::StrCat("writing ", path));
}

}  // namespace waybill::exporter::output

#endif  // WAYBILL_EXPORTER_OUTPUT_AT_PATH_H_
