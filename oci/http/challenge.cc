// SPDX-License-Identifier: Apache-2.0
#include "oci/http/challenge.h"

#include <optional>

#include "absl/strings/ascii.h"

namespace waybill::oci::http {
namespace {

bool IsTokenChar(char c) {
  static constexpr absl::string_view kMarks = "!#$%&'*+-.^_`|~";
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || kMarks.find(c) != absl::string_view::npos;
}

// Characters of a token68, the form without parameters ("Negotiate abc==").
bool IsToken68Char(char c) { return IsTokenChar(c) || c == '/' || c == '='; }

class Scanner {
 public:
  explicit Scanner(absl::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  void SkipSpace() { rest_ = absl::StripLeadingAsciiWhitespace(rest_); }
  void SkipSpaceAndCommas() {
    for (SkipSpace(); Take(','); SkipSpace()) {
    }
  }
  bool Take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  template <typename Predicate>
  absl::string_view TakeWhile(Predicate predicate) {
    size_t n = 0;
    while (n < rest_.size() && predicate(rest_[n])) ++n;
    const absl::string_view taken = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return taken;
  }
  // After the opening quote; nothing when the string does not end.
  std::optional<std::string> TakeQuoted() {
    std::string value;
    while (!rest_.empty()) {
      if (Take('"')) return value;
      if (Take('\\') && rest_.empty()) return std::nullopt;
      value.push_back(rest_.front());
      rest_.remove_prefix(1);
    }
    return std::nullopt;
  }

 private:
  absl::string_view rest_;
};

enum class Step { kParameter, kOther, kMalformed };

// One name=value, or nothing when the next word is a scheme (the scanner is then back before it).
Step TakeParameter(Scanner& scanner, Challenge& challenge) {
  const Scanner before = scanner;
  const std::string name = absl::AsciiStrToLower(scanner.TakeWhile(IsTokenChar));
  scanner.SkipSpace();
  if (name.empty() || !scanner.Take('=')) {
    scanner = before;
    return Step::kOther;
  }
  scanner.SkipSpace();
  std::string value;
  if (scanner.Take('"')) {
    std::optional<std::string> quoted = scanner.TakeQuoted();
    if (!quoted.has_value()) return Step::kMalformed;
    value = *std::move(quoted);
  } else {
    value = std::string(scanner.TakeWhile(IsToken68Char));
    if (value.empty()) return Step::kMalformed;
  }
  challenge.parameters.emplace(name, std::move(value));
  return Step::kParameter;
}

// A bare token68 after the scheme is skipped: no scheme that registries use has one.
void SkipToken68(Scanner& scanner) {
  Scanner probe = scanner;
  if (probe.TakeWhile(IsToken68Char).empty()) return;
  probe.SkipSpace();
  if (probe.done() || probe.Take(',')) scanner = probe;
}

void ParseField(absl::string_view field, std::vector<Challenge>& out) {
  Scanner scanner(field);
  for (scanner.SkipSpaceAndCommas(); !scanner.done(); scanner.SkipSpaceAndCommas()) {
    Challenge challenge{.scheme = absl::AsciiStrToLower(scanner.TakeWhile(IsTokenChar)), .parameters = {}};
    if (challenge.scheme.empty()) return;
    scanner.SkipSpace();
    Step step = TakeParameter(scanner, challenge);
    if (step == Step::kOther) SkipToken68(scanner);
    while (step == Step::kParameter) {
      scanner.SkipSpaceAndCommas();
      step = TakeParameter(scanner, challenge);
    }
    out.push_back(std::move(challenge));
    if (step == Step::kMalformed) return;
  }
}

}  // namespace

std::vector<Challenge> ParseChallenges(const std::vector<std::string>& fields) {
  std::vector<Challenge> challenges;
  for (const std::string& field : fields) ParseField(field, challenges);
  return challenges;
}

}  // namespace waybill::oci::http
