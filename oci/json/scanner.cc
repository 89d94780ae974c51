// SPDX-License-Identifier: Apache-2.0
#include "oci/json/scanner.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::oci::json {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// The byte as Go quotes it, taken as a code point: 'x', '\n', '\x01', 'é', '\u0080'.
std::string QuoteByte(char byte) {
  switch (byte) {
    case '\'':
      return R"('\'')";
    case '\\':
      return R"('\\')";
    case '\a':
      return R"('\a')";
    case '\b':
      return R"('\b')";
    case '\f':
      return R"('\f')";
    case '\n':
      return R"('\n')";
    case '\r':
      return R"('\r')";
    case '\t':
      return R"('\t')";
    case '\v':
      return R"('\v')";
    default:
      break;
  }
  const unsigned char code = static_cast<unsigned char>(byte);
  if (code < 0x20 || code == 0x7f) return absl::StrFormat(R"('\x%02x')", code);
  if (code < 0x7f) return absl::StrCat("'", absl::string_view(&byte, 1), "'");
  if (code <= 0xa0 || code == 0xad) return absl::StrFormat(R"('\u%04x')", code);
  const char utf8[] = {static_cast<char>(0xc0 | code >> 6), static_cast<char>(0x80 | (code & 0x3f))};
  return absl::StrCat("'", absl::string_view(utf8, 2), "'");
}

}  // namespace

Scanner::ByteClass Scanner::Fail(char byte, absl::string_view where) {
  error_ = InvalidInputError(absl::StrCat("invalid character ", QuoteByte(byte), " ", where));
  state_ = State::kError;
  return ByteClass::kError;
}

Scanner::ByteClass Scanner::Complete() { return Become(open_.empty() ? State::kEndTop : State::kEndValue); }

Scanner::ByteClass Scanner::Push(Open open, State next, char byte) {
  if (open_.size() >= static_cast<size_t>(kMaxDepth)) return Fail(byte, "exceeded max depth");
  open_.push_back(static_cast<char>(open));
  return Become(next);
}

Scanner::ByteClass Scanner::Pop() {
  open_.pop_back();
  return Complete();
}

Scanner::ByteClass Scanner::BeginLiteral(absl::string_view literal) {
  literal_ = literal;
  literal_position_ = 1;
  return Become(State::kLiteral);
}

Scanner::ByteClass Scanner::BeginValue(char byte) {
  switch (byte) {
    case '{':
      return Push(Open::kKey, State::kBeginKeyOrEmpty, byte);
    case '[':
      return Push(Open::kArrayValue, State::kBeginValueOrEmpty, byte);
    case '"':
      return Become(State::kInString);
    case '-':
      return Become(State::kMinus);
    case '0':
      return Become(State::kZero);
    case 't':
      return BeginLiteral("true");
    case 'f':
      return BeginLiteral("false");
    case 'n':
      return BeginLiteral("null");
    default:
      if (IsDigit(byte)) return Become(State::kDigits);
      return Fail(byte, "looking for beginning of value");
  }
}

// The byte after a complete value.
Scanner::ByteClass Scanner::EndValue(char byte) {
  if (open_.empty()) {
    state_ = State::kEndTop;
    return IsSpace(byte) ? ByteClass::kSpace : Fail(byte, "after top-level value");
  }
  if (IsSpace(byte)) {
    state_ = State::kEndValue;
    return ByteClass::kSpace;
  }
  switch (static_cast<Open>(open_.back())) {
    case Open::kKey:
      if (byte != ':') return Fail(byte, "after object key");
      open_.back() = static_cast<char>(Open::kObjectValue);
      return Become(State::kBeginValue);
    case Open::kObjectValue:
      if (byte == '}') return Pop();
      if (byte != ',') return Fail(byte, "after object key:value pair");
      open_.back() = static_cast<char>(Open::kKey);
      return Become(State::kBeginKey);
    case Open::kArrayValue:
      if (byte == ']') return Pop();
      if (byte != ',') return Fail(byte, "after array element");
      return Become(State::kBeginValue);
  }
  return Fail(byte, "after top-level value");
}

Scanner::ByteClass Scanner::InNumber(char byte) {
  const bool digit = IsDigit(byte);
  switch (state_) {
    case State::kMinus:
      if (digit) return Become(byte == '0' ? State::kZero : State::kDigits);
      return Fail(byte, "in numeric literal");
    case State::kDot:
      return digit ? Become(State::kFraction) : Fail(byte, "after decimal point in numeric literal");
    case State::kExponent:
      if (byte == '+' || byte == '-') return Become(State::kExponentSign);
      [[fallthrough]];
    case State::kExponentSign:
      return digit ? Become(State::kExponentDigits) : Fail(byte, "in exponent of numeric literal");
    default:
      break;
  }
  if (digit && state_ != State::kZero) return ByteClass::kToken;
  const bool integer = state_ == State::kZero || state_ == State::kDigits;
  if (byte == '.' && integer) return Become(State::kDot);
  if ((byte == 'e' || byte == 'E') && state_ != State::kExponentDigits) return Become(State::kExponent);
  return EndValue(byte);
}

Scanner::ByteClass Scanner::Feed(char byte) {
  switch (state_) {
    case State::kInString:
      if (byte == '"') return Complete();
      if (byte == '\\') return Become(State::kEscape);
      if (static_cast<unsigned char>(byte) < 0x20) return Fail(byte, "in string literal");
      return ByteClass::kToken;
    case State::kEscape:
      hex_left_ = 4;
      if (byte == 'u') return Become(State::kHex);
      if (absl::string_view("bfnrt\\/\"").find(byte) != absl::string_view::npos) return Become(State::kInString);
      return Fail(byte, "in string escape code");
    case State::kHex:
      if (!IsHex(byte)) return Fail(byte, "in \\u hexadecimal character escape");
      return Become(--hex_left_ == 0 ? State::kInString : State::kHex);
    case State::kLiteral: {
      const char expected = literal_[literal_position_];
      if (byte != expected) return Fail(byte, absl::StrFormat("in literal %s (expecting '%c')", literal_, expected));
      return ++literal_position_ == literal_.size() ? Complete() : Become(State::kLiteral);
    }
    case State::kBeginValueOrEmpty:
      if (byte == ']') return Pop();
      [[fallthrough]];
    case State::kBeginValue:
      return IsSpace(byte) ? ByteClass::kSpace : BeginValue(byte);
    case State::kBeginKeyOrEmpty:
      if (byte == '}') return Pop();
      [[fallthrough]];
    case State::kBeginKey:
      if (IsSpace(byte)) return ByteClass::kSpace;
      return byte == '"' ? Become(State::kInString) : Fail(byte, "looking for beginning of object key string");
    case State::kEndValue:
    case State::kEndTop:
      return EndValue(byte);
    case State::kError:
      return ByteClass::kError;
    default:
      return InNumber(byte);
  }
}

absl::Status Scanner::Finish() {
  // As in Go, a space ends a number, and an error that it causes is the one that is told.
  if (state_ != State::kEndTop && Feed(' ') != ByteClass::kError && state_ != State::kEndTop) {
    state_ = State::kError;
    error_ = InvalidInputError("unexpected end of JSON input");
  }
  return error_;
}

size_t Compactor::CopyPlainString(absl::string_view chunk, std::string& out) {
  size_t size = 0;
  for (; size < chunk.size(); ++size) {
    const char c = chunk[size];
    if (c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' || c == '\xe2' ||
        static_cast<unsigned char>(c) < 0x20)
      break;
  }
  out.append(chunk.data(), size);
  return size;
}

void Compactor::Put(char byte, std::string& out) {
  constexpr absl::string_view kSeparatorStart = "\xe2\x80";
  if (held_.size() == 2 && (byte == '\xa8' || byte == '\xa9')) {
    held_.clear();
    absl::StrAppend(&out, "\\u202", byte == '\xa8' ? "8" : "9");
    return;
  }
  if (byte == kSeparatorStart[held_.size() % 2] && held_.size() < 2) {
    held_.push_back(byte);
    return;
  }
  out += held_;
  held_.clear();
  if (byte == kSeparatorStart[0]) {
    held_.push_back(byte);
  } else if (byte == '<' || byte == '>' || byte == '&') {
    absl::StrAppendFormat(&out, "\\u%04x", byte);
  } else {
    out.push_back(byte);
  }
}

absl::Status Compactor::Feed(absl::string_view chunk, std::string& out) {
  for (size_t i = 0; i < chunk.size();) {
    if (scanner_.in_string() && held_.empty()) {
      i += CopyPlainString(chunk.substr(i), out);
      if (i == chunk.size()) break;
    }
    const Scanner::ByteClass verdict = scanner_.Feed(chunk[i]);
    if (verdict == Scanner::ByteClass::kError) return scanner_.error();
    if (verdict == Scanner::ByteClass::kToken) Put(chunk[i], out);
    ++i;
  }
  return absl::OkStatus();
}

absl::Status Compactor::Finish(std::string& out) {
  ABSL_RETURN_IF_ERROR(scanner_.Finish());
  out += held_;
  held_.clear();
  return absl::OkStatus();
}

}  // namespace waybill::oci::json
