// SPDX-License-Identifier: Apache-2.0
#include "attest/secrets/names.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace waybill::attest::secrets {
namespace {

constexpr absl::string_view kSecretWords[] = {"token",      "tokens", "password", "passwords",  "passwd",
                                              "passphrase", "secret", "secrets",  "credential", "credentials",
                                              "creds",      "apikey", "apikeys",  "pass",       "passcode"};
constexpr absl::string_view kKeyWords[] = {"key", "keys"};
// Keys with these words are known to everybody, or unlock nothing.
constexpr absl::string_view kOpenKeyWords[] = {"public", "pub", "gpg", "pgp", "cache", "fingerprint", "partition"};
constexpr absl::string_view kMaybeWords[] = {"auth",    "pat",       "pwd",    "cert", "certificate",
                                             "session", "signature", "bearer", "salt", "cookie"};
// As the last word: about the secret.
constexpr absl::string_view kAboutWords[] = {"file",   "path",    "dir",      "url",   "uri",  "name",    "id",
                                             "ids",    "arn",     "type",     "size",  "ttl",  "length",  "version",
                                             "server", "enabled", "endpoint", "store", "mode", "provider"};
constexpr absl::string_view kPlaceholders[] = {"changeme", "change-me",   "change_me", "redacted",  "masked", "hidden",
                                               "none",     "null",        "nil",       "undefined", "true",   "false",
                                               "yes",      "no",          "on",        "off",       "0",      "1",
                                               "example",  "placeholder", "dummy",     "todo"};
constexpr size_t kLeastRandomBytes = 32;
constexpr double kLeastEntropy = 4.2;  // bits for each character

template <size_t n>
bool Has(const absl::string_view (&words)[n], absl::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

template <size_t n>
bool HasAny(const absl::string_view (&words)[n], const std::vector<std::string>& found) {
  return std::any_of(found.begin(), found.end(), [&words](const std::string& word) { return Has(words, word); });
}

// "npmAuthToken", "NPM_AUTH_TOKEN" and "npm.auth-token2" have the same.
std::vector<std::string> WordsOf(absl::string_view name) {
  std::vector<std::string> words(1);
  bool after_small = false;
  for (const char byte : name) {
    const auto letter = static_cast<unsigned char>(byte);
    const bool ends = !absl::ascii_isalpha(letter) || (after_small && absl::ascii_isupper(letter));
    if (ends && !words.back().empty()) words.emplace_back();
    if (absl::ascii_isalpha(letter)) words.back().push_back(absl::ascii_tolower(letter));
    after_small = absl::ascii_islower(letter);
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

bool IsBase64(unsigned char byte) { return absl::ascii_isalnum(byte) || absl::StrContains("+/-_", byte); }

}  // namespace

NameSays LookAtName(absl::string_view name) {
  const std::vector<std::string> words = WordsOf(name);
  if (words.empty() || Has(kAboutWords, words.back())) return NameSays::kNothing;
  if (HasAny(kSecretWords, words)) return NameSays::kSecret;
  const bool is_private = std::find(words.begin(), words.end(), "private") != words.end();
  if (HasAny(kKeyWords, words) && (is_private || !HasAny(kOpenKeyWords, words))) return NameSays::kSecret;
  return HasAny(kMaybeWords, words) ? NameSays::kMaybe : NameSays::kNothing;
}

bool IsPlaceholder(absl::string_view value) {
  value = absl::StripAsciiWhitespace(value);
  if (value.empty() || value.front() == '$') return true;
  if (value.find_first_not_of(value.front()) == absl::string_view::npos &&
      absl::StrContains("*xX.-_#", value.front())) {
    return true;
  }
  const bool marked = (value.front() == '<' && value.back() == '>') || (value.front() == '[' && value.back() == ']') ||
                      (absl::StartsWith(value, "{{") && absl::EndsWith(value, "}}"));
  return marked || Has(kPlaceholders, absl::AsciiStrToLower(value));
}

bool LooksRandom(absl::string_view value) {
  while (absl::ConsumeSuffix(&value, "=")) {
  }
  if (value.size() < kLeastRandomBytes) return false;
  std::array<int, 256> counts{};
  for (const char byte : value) {
    const auto symbol = static_cast<unsigned char>(byte);
    if (!IsBase64(symbol)) return false;
    ++counts[symbol];
  }
  double entropy = 0;
  for (const int count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / static_cast<double>(value.size());
    entropy -= share * std::log2(share);
  }
  return entropy > kLeastEntropy;
}

}  // namespace waybill::attest::secrets
