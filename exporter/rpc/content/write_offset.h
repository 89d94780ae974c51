// SPDX-License-Identifier: Apache-2.0
// Where the bytes of a Content.Write request go: the rule that every server of the API shares.
#ifndef WAYBILL_EXPORTER_RPC_CONTENT_WRITE_OFFSET_H_
#define WAYBILL_EXPORTER_RPC_CONTENT_WRITE_OFFSET_H_

#include <cstdint>

#include "absl/status/statusor.h"

namespace waybill::exporter::rpc::content {

// As containerd (plugins/services/content/contentserver): offset 0 starts over, which is true only when bytes are there
// already; any other offset must be the number of bytes that are there, or it is OUT_OF_RANGE.
absl::StatusOr<bool> StartsOver(int64_t requested_offset, int64_t bytes_there);

}  // namespace waybill::exporter::rpc::content

#endif  // WAYBILL_EXPORTER_RPC_CONTENT_WRITE_OFFSET_H_
