// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/content/write_offset.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace waybill::exporter::rpc::content {

absl::StatusOr<bool> StartsOver(int64_t requested_offset, int64_t bytes_there) {
  if (requested_offset != 0 && requested_offset != bytes_there) {
    return absl::OutOfRangeError(
        absl::StrCat("write @", requested_offset, " must occur at current offset ", bytes_there));
  }
  return requested_offset == 0 && bytes_there > 0;
}

}  // namespace waybill::exporter::rpc::content
