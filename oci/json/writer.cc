// SPDX-License-Identifier: Apache-2.0
// Writing: escapes, numbers, documents.
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "oci/json/json.h"
#include "oci/json/utf8.h"

namespace waybill::oci::json {
namespace {

constexpr absl::string_view kHexDigits = "0123456789abcdef";

void AppendEscapedByte(std::string& out, char byte) {
  switch (byte) {
    case '"':
    case '\\':
      out.push_back('\\');
      out.push_back(byte);
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out.push_back(kHexDigits[byte >> 4 & 0xf]);
      out.push_back(kHexDigits[byte & 0xf]);
  }
}

bool NeedsEscape(unsigned char byte) {
  return byte < 0x20 || byte == '"' || byte == '\\' || byte == '<' || byte == '>' || byte == '&';
}

void Require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "json::Writer: %s\n", what);
  std::abort();
}

// Shortest digits "d.ddde±xx" taken apart.
struct Decimal {
  bool negative = false;
  std::string digits;
  int exponent = 0;  // of the first digit
};

Decimal ShortestDecimal(double value) {
  char buffer[32];
  const std::to_chars_result end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  absl::string_view text(buffer, end.ptr - buffer);
  Decimal decimal;
  decimal.negative = text.front() == '-';
  if (decimal.negative) text.remove_prefix(1);
  const size_t e = text.find('e');
  for (char c : text.substr(0, e)) {
    if (c != '.') decimal.digits.push_back(c);
  }
  if (!absl::SimpleAtoi(text.substr(e + 1), &decimal.exponent)) decimal.exponent = 0;
  return decimal;
}

}  // namespace

void AppendQuoted(std::string& out, absl::string_view text) {
  out.push_back('"');
  while (!text.empty()) {
    size_t plain = 0;
    while (plain < text.size() && !NeedsEscape(text[plain]) && static_cast<unsigned char>(text[plain]) < 0x80) ++plain;
    out.append(text.data(), plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (static_cast<unsigned char>(text.front()) < 0x80) {
      AppendEscapedByte(out, text.front());
      text.remove_prefix(1);
      continue;
    }
    const size_t size = utf8::SequenceSize(text);
    if (size == 0) {
      out += "\\ufffd";
    } else if (size == 3 && text[0] == '\xe2' && text[1] == '\x80' && (text[2] == '\xa8' || text[2] == '\xa9')) {
      absl::StrAppend(&out, "\\u202", text[2] == '\xa8' ? "8" : "9");
    } else {
      out.append(text.data(), size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  out.push_back('"');
}

std::string Quote(absl::string_view text) {
  std::string out;
  AppendQuoted(out, text);
  return out;
}

std::string FormatNumber(double value) {
  if (!std::isfinite(value)) return "null";
  const Decimal decimal = ShortestDecimal(value);
  const int digits = static_cast<int>(decimal.digits.size());
  std::string out = decimal.negative ? "-" : "";
  if (value == 0) return out + "0";
  if (decimal.exponent < -6 || decimal.exponent >= 21) {
    out.push_back(decimal.digits[0]);
    if (digits > 1) absl::StrAppend(&out, ".", decimal.digits.substr(1));
    absl::StrAppend(&out, decimal.exponent < 0 ? "e-" : "e+", std::abs(decimal.exponent));
  } else if (decimal.exponent < 0) {
    absl::StrAppend(&out, "0.", std::string(-decimal.exponent - 1, '0'), decimal.digits);
  } else if (digits <= decimal.exponent + 1) {
    absl::StrAppend(&out, decimal.digits, std::string(decimal.exponent + 1 - digits, '0'));
  } else {
    absl::StrAppend(&out, decimal.digits.substr(0, decimal.exponent + 1), ".",
                    decimal.digits.substr(decimal.exponent + 1));
  }
  return out;
}

void Writer::BeforeValue() {
  if (open_.empty()) {
    Require(out_.empty(), "more than one value");
    return;
  }
  Require((open_.back().closer == '}') == after_key_, "a value without a key, or a key in an array");
  if (!after_key_ && open_.back().has_member) out_.push_back(',');
  open_.back().has_member = true;
  after_key_ = false;
}

Writer& Writer::Begin(char opener, char closer) {
  BeforeValue();
  out_.push_back(opener);
  open_.push_back({closer, false});
  return *this;
}

Writer& Writer::End(char closer) {
  Require(!open_.empty() && open_.back().closer == closer && !after_key_, "an end that does not fit");
  open_.pop_back();
  out_.push_back(closer);
  return *this;
}

Writer& Writer::BeginObject() { return Begin('{', '}'); }
Writer& Writer::EndObject() { return End('}'); }
Writer& Writer::BeginArray() { return Begin('[', ']'); }
Writer& Writer::EndArray() { return End(']'); }

Writer& Writer::Key(absl::string_view key) {
  Require(!open_.empty() && open_.back().closer == '}' && !after_key_, "a key outside of an object");
  if (open_.back().has_member) out_.push_back(',');
  AppendQuoted(out_, key);
  out_.push_back(':');
  after_key_ = true;
  return *this;
}

Writer& Writer::Raw(absl::string_view compact) {
  BeforeValue();
  out_.append(compact.data(), compact.size());
  return *this;
}

Writer& Writer::String(absl::string_view value) {
  BeforeValue();
  AppendQuoted(out_, value);
  return *this;
}

Writer& Writer::Int(int64_t value) { return Raw(absl::StrCat(value)); }
Writer& Writer::Bool(bool value) { return Raw(value ? "true" : "false"); }
Writer& Writer::Null() { return Raw("null"); }

std::string Writer::Take() {
  Require(open_.empty(), "an open container at the end");
  return std::exchange(out_, std::string());
}

}  // namespace waybill::oci::json
