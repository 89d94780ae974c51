// SPDX-License-Identifier: Apache-2.0
// A JSON string that comes in pieces, decoded as it comes.
#ifndef WAYBILL_ATTEST_SCAN_STRING_STREAM_H_
#define WAYBILL_ATTEST_SCAN_STRING_STREAM_H_

#include <string>

#include "absl/strings/string_view.h"

namespace waybill::attest::scan {

// Takes the text between the quotes, which is valid JSON, as JsonVisitor::OnString gives it. Code points beyond U+FFFF
// that are written as two escapes become U+FFFD twice. Not thread-safe.
class StringStream {
 public:
  // Appends to `out` what the piece adds.
  void Feed(absl::string_view piece, std::string& out);
  // Before another string.
  void Reset() { escape_.clear(); }

 private:
  void FeedEscape(char byte, std::string& out);

  std::string escape_;  // that has begun, with its backslash
};

}  // namespace waybill::attest::scan

#endif  // WAYBILL_ATTEST_SCAN_STRING_STREAM_H_
