// SPDX-License-Identifier: Apache-2.0
#include "oci/json/text.h"

#include <algorithm>
#include <optional>

#include "oci/json/utf8.h"

namespace waybill::oci::json {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// The number of "\uXXXX" that `text` begins with.
std::optional<uint32_t> HexEscape(absl::string_view text) {
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return std::nullopt;
  uint32_t value = 0;
  for (char c : text.substr(2, 4)) {
    const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    value = value << 4 | static_cast<uint32_t>(digit & 0xf);
  }
  return value;
}

// Decodes one escape and returns its length.
size_t AppendEscape(std::string& out, absl::string_view text) {
  const std::optional<uint32_t> first = HexEscape(text);
  if (first.has_value()) {
    const std::optional<uint32_t> second = HexEscape(text.substr(6));
    if (second.has_value() && *first >> 10 == 0xd800 >> 10 && *second >> 10 == 0xdc00 >> 10) {
      utf8::Append(out, 0x10000 + ((*first & 0x3ff) << 10 | (*second & 0x3ff)));
      return 12;
    }
    utf8::Append(out, *first);
    return 6;
  }
  constexpr absl::string_view kLetters = "bfnrt";
  constexpr absl::string_view kControls = "\b\f\n\r\t";
  const char letter = text.size() > 1 ? text[1] : '\\';
  const size_t index = kLetters.find(letter);
  out.push_back(index == kLetters.npos ? letter : kControls[index]);
  return std::min<size_t>(2, text.size());
}

}  // namespace

size_t SkipSpace(absl::string_view text, size_t position) {
  while (position < text.size() && IsSpace(text[position])) ++position;
  return position;
}

size_t SkipString(absl::string_view text, size_t position) {
  for (++position; position < text.size() && text[position] != '"'; ++position) {
    if (text[position] == '\\') ++position;
  }
  return std::min(position + 1, text.size());
}

size_t SkipValue(absl::string_view text, size_t position) {
  size_t depth = 0;
  while (position < text.size()) {
    switch (text[position]) {
      case '"':
        position = SkipString(text, position);
        break;
      case '{':
      case '[':
        ++depth;
        ++position;
        break;
      case '}':
      case ']':
        if (depth == 0) return position;
        --depth;
        ++position;
        break;
      case ',':
        if (depth == 0) return position;
        ++position;
        break;
      default:
        if (depth == 0 && IsSpace(text[position])) return position;
        ++position;
        continue;
    }
    if (depth == 0) return position;
  }
  return position;
}

absl::string_view Trim(absl::string_view text) {
  text.remove_prefix(SkipSpace(text, 0));
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

std::string Unquote(absl::string_view quoted) {
  if (quoted.size() < 2) return "";
  absl::string_view text = quoted.substr(1, quoted.size() - 2);
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    size_t plain = 0;
    while (plain < text.size() && text[plain] != '\\' && static_cast<unsigned char>(text[plain]) < 0x80) ++plain;
    out.append(text.data(), plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (text.front() == '\\') {
      text.remove_prefix(AppendEscape(out, text));
      continue;
    }
    const size_t size = utf8::SequenceSize(text);
    if (size == 0) {
      utf8::Append(out, 0xfffd);
    } else {
      out.append(text.data(), size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

}  // namespace waybill::oci::json
