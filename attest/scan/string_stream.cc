// SPDX-License-Identifier: Apache-2.0
#include "attest/scan/string_stream.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "oci/json/text.h"

namespace waybill::attest::scan {

void StringStream::Feed(absl::string_view piece, std::string& out) {
  while (!piece.empty()) {
    if (!escape_.empty()) {
      FeedEscape(piece.front(), out);
      piece.remove_prefix(1);
      continue;
    }
    const size_t plain = piece.find('\\');
    absl::StrAppend(&out, piece.substr(0, plain));
    if (plain == absl::string_view::npos) return;
    escape_.push_back('\\');
    piece.remove_prefix(plain + 1);
  }
}

void StringStream::FeedEscape(char byte, std::string& out) {
  escape_.push_back(byte);
  const size_t size = escape_[1] == 'u' ? 6 : 2;
  if (escape_.size() < size) return;
  absl::StrAppend(&out, oci::json::Unquote(absl::StrCat("\"", escape_, "\"")));
  escape_.clear();
}

}  // namespace waybill::attest::scan
