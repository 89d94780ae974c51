// SPDX-License-Identifier: Apache-2.0
#include "oci/words/quote.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "oci/words/secrets.h"

namespace waybill::oci::words {
namespace {

// What is looked at for each byte that is shown: redacting makes a text shorter.
constexpr size_t kLookedAt = 16;

struct Character {
  size_t bytes = 1;
  uint32_t code = 0;
  bool valid = false;  // UTF-8: the shortest form of a character that is no surrogate
};

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

Character Decode(absl::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {1, lead, true};
  const size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return {};
  uint32_t code = lead & (0x7f >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    if (!IsContinuation(text[i])) return {};
    code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3f);
  }
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < kSmallest[bytes] || surrogate || code > 0x10ffff) return {};
  return {bytes, code, true};
}

bool Misleads(uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x061c || code == 0x200e || code == 0x200f ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

}  // namespace

std::string Escaped(absl::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Character character = Decode(text);
    if (!character.valid || (character.code < 0x80 && Misleads(character.code))) {
      absl::StrAppend(&out, "\\x", absl::Hex(static_cast<unsigned char>(text[0]), absl::kZeroPad2));
    } else if (Misleads(character.code)) {
      absl::StrAppend(&out, "\\u", absl::Hex(character.code, absl::kZeroPad4));
    } else {
      absl::StrAppend(&out, text.substr(0, character.bytes));
    }
    text.remove_prefix(character.bytes);
  }
  return out;
}

absl::string_view CutToBytes(absl::string_view text, size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && IsContinuation(text[limit])) --limit;
  return text.substr(0, limit);
}

std::string Quoted(absl::string_view text, size_t limit) {
  std::string line = WithoutSecrets(text.substr(0, limit * kLookedAt));
  for (char& c : line) {
    if (c == '\t' || c == '\n' || c == '\r') c = ' ';
  }
  return std::string(CutToBytes(Escaped(absl::StripAsciiWhitespace(line)), limit));
}

}  // namespace waybill::oci::words
