// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/reading/outline.h"

#include "absl/strings/str_cat.h"

namespace waybill::cli::reading {

std::string Drawn(const std::vector<OutlineLine>& lines) {
  // From the end: whether a line of the same depth follows before one that is less deep.
  std::vector<bool> is_last(lines.size());
  std::vector<bool> follows;  // by depth
  for (size_t i = lines.size(); i-- > 0;) {
    const size_t depth = lines[i].depth;
    if (follows.size() < depth + 1) follows.resize(depth + 1, false);
    follows.resize(depth + 1);
    is_last[i] = !follows[depth];
    follows[depth] = true;
  }
  std::string text;
  std::vector<bool> open;  // by depth: more comes there
  for (size_t i = 0; i < lines.size(); ++i) {
    const size_t depth = lines[i].depth;
    open.resize(depth + 1, false);
    open[depth] = !is_last[i];
    for (size_t at = 1; at < depth; ++at) absl::StrAppend(&text, open[at] ? "│  " : "   ");
    if (depth > 0) absl::StrAppend(&text, is_last[i] ? "└─ " : "├─ ");
    absl::StrAppend(&text, lines[i].text, "\n");
  }
  return text;
}

}  // namespace waybill::cli::reading
