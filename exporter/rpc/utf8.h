// SPDX-License-Identifier: Apache-2.0
// Text for protobuf's strings, which are UTF-8: bytes from files, registries and clients may not be.
#ifndef WAYBILL_EXPORTER_RPC_UTF8_H_
#define WAYBILL_EXPORTER_RPC_UTF8_H_

#include <string>

#include "absl/strings/string_view.h"

namespace waybill::exporter::rpc {

// `text` with "?" for each byte that belongs to no character. Longer than `limit` bytes it is cut between characters
// and ends in "...".
std::string ToUtf8(absl::string_view text, size_t limit);

}  // namespace waybill::exporter::rpc

#endif  // WAYBILL_EXPORTER_RPC_UTF8_H_
