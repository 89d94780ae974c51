// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/transfer/upload_range.h"

#include <limits>

#include "absl/strings/numbers.h"

namespace waybill::oci::registry::transfer {

std::optional<int64_t> LastByteOf(absl::string_view range) {
  int64_t last = -1;
  if (!absl::SimpleAtoi(range.substr(range.find('-') + 1), &last) || last < 0) return std::nullopt;
  if (last == std::numeric_limits<int64_t>::max()) return std::nullopt;  // the next position is counted as well
  return last;
}

}  // namespace waybill::oci::registry::transfer
