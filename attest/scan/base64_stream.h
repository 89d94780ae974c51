// SPDX-License-Identifier: Apache-2.0
// The payload of an envelope, base64 in a JSON string, decoded as it comes (DSSE, "envelope.md").
#ifndef WAYBILL_ATTEST_SCAN_BASE64_STREAM_H_
#define WAYBILL_ATTEST_SCAN_BASE64_STREAM_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace waybill::attest::scan {

// Takes the text between the quotes in pieces: the standard and the URL-safe alphabet, padded or not, line ends
// ignored, as Go ignores them; other white space is an error. The result does not depend on the pieces. Not
// thread-safe.
class Base64Stream {
 public:
  // Appends to `out` what the piece adds; on an error, what comes before the fault. Errors: INVALID_ARGUMENT.
  absl::Status Feed(absl::string_view piece, std::string& out);
  // Call once after the last piece.
  absl::Status Finish(std::string& out);

 private:
  absl::Status TakeAll(absl::string_view piece);
  absl::Status Take(char byte);
  absl::Status Decode(absl::string_view text, std::string& out);

  std::string pending_;  // characters of the alphabet that are not decoded
  std::string escape_;   // an escape of JSON that has begun, with its backslash
  bool padded_ = false;  // "=" was there, which only more of it may follow
};

}  // namespace waybill::attest::scan

#endif  // WAYBILL_ATTEST_SCAN_BASE64_STREAM_H_
