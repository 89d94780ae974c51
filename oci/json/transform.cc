// SPDX-License-Identifier: Apache-2.0
// The compact and the indented form.
#include "oci/json/indenter.h"
#include "oci/json/json.h"
#include "oci/json/scanner.h"
#include "oci/status_macros.h"

namespace waybill::oci::json {

absl::StatusOr<std::string> Compact(absl::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  Compactor compactor;
  ABSL_RETURN_IF_ERROR(compactor.Feed(raw, out));
  ABSL_RETURN_IF_ERROR(compactor.Finish(out));
  return out;
}

std::string Indent(absl::string_view compact) {
  std::string out;
  out.reserve(compact.size() * 2);
  Indenter().Feed(compact, out);
  return out;
}

}  // namespace waybill::oci::json
