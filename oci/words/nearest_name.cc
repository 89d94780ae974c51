// SPDX-License-Identifier: Apache-2.0
#include "oci/words/nearest_name.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace waybill::oci::words {
namespace {

constexpr size_t kMostEdits = 2;
constexpr size_t kLettersPerEdit = 3;

// Optimal string alignment: row i has what it takes to make the first i letters of `a` from each beginning of `b`.
size_t Edits(absl::string_view a, absl::string_view b) {
  std::vector<size_t> before;
  std::vector<size_t> last;
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    before = std::exchange(last, row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row.back();
}

}  // namespace

std::string NearestName(absl::string_view name, const std::vector<std::string>& candidates) {
  constexpr size_t kLongest = 100;
  if (name.size() > kLongest) return "";
  size_t fewest = std::min(kMostEdits, name.size() / kLettersPerEdit) + 1;
  std::string nearest;
  for (const std::string& candidate : candidates) {
    const size_t edits = Edits(name, candidate);
    if (edits >= fewest) continue;
    fewest = edits;
    nearest = candidate;
  }
  return nearest;
}

}  // namespace waybill::oci::words
