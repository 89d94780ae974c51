// SPDX-License-Identifier: Apache-2.0
// The compact and the indented form.
#include "oci/json/json.h"
#include "oci/json/scanner.h"
#include "oci/json/text.h"
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
  size_t depth = 0;
  const auto new_line = [&] {
    out.push_back('\n');
    out.append(depth * 2, ' ');
  };
  for (size_t i = 0; i < compact.size();) {
    const char c = compact[i];
    if (c == '"') {
      const size_t end = SkipString(compact, i);
      out.append(compact.data() + i, end - i);
      i = end;
      continue;
    }
    ++i;
    const bool opens = c == '{' || c == '[';
    if (opens && i < compact.size() && compact[i] == c + 2) {  // "{}" and "[]"
      out.append({c, compact[i++]});
      continue;
    }
    if (c == '}' || c == ']') {
      if (depth > 0) --depth;
      new_line();
    }
    out.push_back(c);
    if (opens) ++depth;
    if (opens || c == ',') new_line();
    if (c == ':') out.push_back(' ');
  }
  return out;
}

}  // namespace waybill::oci::json
