// SPDX-License-Identifier: Apache-2.0
// How much of an upload a registry has (distribution-spec, "Pushing a blob in chunks").
#ifndef WAYBILL_OCI_REGISTRY_TRANSFER_UPLOAD_RANGE_H_
#define WAYBILL_OCI_REGISTRY_TRANSFER_UPLOAD_RANGE_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace waybill::oci::registry::transfer {

// The position of the last byte, of the header "Range: 0-<last>" with or without its beginning. Nothing when it is no
// such header, or when no file has such a byte.
std::optional<int64_t> LastByteOf(absl::string_view range);

}  // namespace waybill::oci::registry::transfer

#endif  // WAYBILL_OCI_REGISTRY_TRANSFER_UPLOAD_RANGE_H_
