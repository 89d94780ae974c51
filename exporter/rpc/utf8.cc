// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/utf8.h"

#include "absl/strings/str_cat.h"
#include "oci/json/utf8.h"

namespace waybill::exporter::rpc {

std::string ToUtf8(absl::string_view text, size_t limit) {
  std::string out;
  while (!text.empty()) {
    const size_t size = oci::json::utf8::SequenceSize(text);
    const absl::string_view next = size == 0 ? "?" : text.substr(0, size);
    if (out.size() + next.size() > limit) return absl::StrCat(out, "...");
    out.append(next.data(), next.size());
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

}  // namespace waybill::exporter::rpc
