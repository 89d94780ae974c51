// SPDX-License-Identifier: Apache-2.0
// JSON text that arrives in pieces: a checking state machine, and on top of it the compact form written as the text
// comes in. Linear time; memory is one byte per open container. The grammar, the depth limit and the wording of the
// errors are those of Go's encoding/json.
#ifndef WAYBILL_OCI_JSON_SCANNER_H_
#define WAYBILL_OCI_JSON_SCANNER_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace waybill::oci::json {

// Takes one JSON value byte by byte, with white space around it. Not thread-safe.
class Scanner {
 public:
  enum class ByteClass : uint8_t {
    kToken,  // part of a value or punctuation
    kSpace,  // insignificant white space
    kError,  // the text is not JSON: see error(); stays so
  };
  ByteClass Feed(char byte);
  // OK when exactly one value was complete. INVALID_ARGUMENT otherwise.
  absl::Status Finish();
  // Inside a string, so that all bytes but '"', '\\' and controls are part of it.
  bool in_string() const { return state_ == State::kInString; }
  // The first value ended with the last byte that was a token. False inside a top-level number, which only the byte
  // after it ends.
  bool at_end() const { return state_ == State::kEndTop; }
  const absl::Status& error() const { return error_; }

 private:
  enum class State : uint8_t {
    kBeginValue,
    kBeginValueOrEmpty,
    kBeginKeyOrEmpty,
    kBeginKey,
    kInString,
    kEscape,
    kHex,
    kMinus,
    kZero,
    kDigits,
    kDot,
    kFraction,
    kExponent,
    kExponentSign,
    kExponentDigits,
    kLiteral,
    kEndValue,
    kEndTop,
    kError,
  };
  // What an open container waits for.
  enum class Open : char { kKey, kObjectValue, kArrayValue };

  ByteClass BeginValue(char byte);
  ByteClass BeginLiteral(absl::string_view literal);
  ByteClass Push(Open open, State next, char byte);
  ByteClass Pop();
  ByteClass Complete();
  ByteClass InNumber(char byte);
  ByteClass EndValue(char byte);
  ByteClass Fail(char byte, absl::string_view where);
  ByteClass Become(State state) {
    state_ = state;
    return ByteClass::kToken;
  }

  State state_ = State::kBeginValue;
  std::string open_;             // one Open each
  int hex_left_ = 0;             // kHex: digits to come
  absl::string_view literal_;    // kLiteral: "true", "false" or "null"
  size_t literal_position_ = 0;  // kLiteral: bytes of it seen
  absl::Status error_;
};

// Writes the compact form (json.h, Compact) of a value that comes in chunks of any size. Not thread-safe.
class Compactor {
 public:
  // Appends to `out` what `chunk` adds. After an error `out` may have a part of the value.
  absl::Status Feed(absl::string_view chunk, std::string& out);
  // Call once after the last chunk; OK when exactly one value was complete.
  absl::Status Finish(std::string& out);

 private:
  size_t CopyPlainString(absl::string_view chunk, std::string& out);
  void Put(char byte, std::string& out);

  Scanner scanner_;
  std::string held_;  // the first bytes of what may become U+2028 or U+2029
};

}  // namespace waybill::oci::json

#endif  // WAYBILL_OCI_JSON_SCANNER_H_
