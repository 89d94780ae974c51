// SPDX-License-Identifier: Apache-2.0
#include "attest/secrets/shapes.h"

#include <algorithm>
#include <limits>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace waybill::attest::secrets {
namespace {

// Longer than any shape in the table.
constexpr size_t kKeptBytes = 256;
constexpr size_t kAny = std::numeric_limits<size_t>::max();
// With fewer it is a picture of a token ("ghp_xxxx...").
constexpr size_t kLeastDistinct = 5;
constexpr size_t kLeastTokenPart = 10;  // of a JSON web token, whose parts are larger in fact

using Alphabet = bool (*)(unsigned char byte);
bool IsCapitalOrDigit(unsigned char byte) { return absl::ascii_isupper(byte) || absl::ascii_isdigit(byte); }
bool IsAlnum(unsigned char byte) { return absl::ascii_isalnum(byte); }
bool IsWord(unsigned char byte) { return absl::ascii_isalnum(byte) || byte == '_'; }
bool IsUrlSafe(unsigned char byte) { return absl::ascii_isalnum(byte) || byte == '_' || byte == '-'; }

struct Shape {
  absl::string_view prefix;
  Alphabet alphabet;
  size_t least;  // characters after the prefix
  size_t most;
  absl::string_view name;
};
constexpr absl::string_view kGitHub = "a GitHub token";
constexpr absl::string_view kAws = "an AWS access key";
constexpr absl::string_view kSlack = "a Slack token";
constexpr absl::string_view kStripe = "a Stripe key";
constexpr Shape kShapes[] = {
    {"AKIA", IsCapitalOrDigit, 16, 16, kAws},
    {"ASIA", IsCapitalOrDigit, 16, 16, kAws},
    {"ghp_", IsAlnum, 36, kAny, kGitHub},
    {"gho_", IsAlnum, 36, kAny, kGitHub},
    {"ghu_", IsAlnum, 36, kAny, kGitHub},
    {"ghs_", IsAlnum, 36, kAny, kGitHub},
    {"ghr_", IsAlnum, 36, kAny, kGitHub},
    {"github_pat_", IsWord, 22, kAny, kGitHub},
    {"glpat-", IsUrlSafe, 20, kAny, "a GitLab token"},
    {"xoxa-", IsUrlSafe, 10, kAny, kSlack},
    {"xoxb-", IsUrlSafe, 10, kAny, kSlack},
    {"xoxe-", IsUrlSafe, 10, kAny, kSlack},
    {"xoxo-", IsUrlSafe, 10, kAny, kSlack},
    {"xoxp-", IsUrlSafe, 10, kAny, kSlack},
    {"xoxr-", IsUrlSafe, 10, kAny, kSlack},
    {"xoxs-", IsUrlSafe, 10, kAny, kSlack},
    {"npm_", IsAlnum, 36, 36, "an npm token"},
    {"AIza", IsUrlSafe, 35, 35, "a Google API key"},
    {"sk_live_", IsAlnum, 16, kAny, kStripe},
    {"rk_live_", IsAlnum, 16, kAny, kStripe},
    {"dckr_pat_", IsUrlSafe, 20, kAny, "a Docker Hub token"},
};

bool Matches(const Shape& shape, absl::string_view text) {
  if (!absl::ConsumePrefix(&text, shape.prefix)) return false;
  const auto end = std::find_if_not(text.begin(), text.end(),
                                    [&](char byte) { return shape.alphabet(static_cast<unsigned char>(byte)); });
  const auto size = static_cast<size_t>(end - text.begin());
  if (size < shape.least || size > shape.most) return false;
  if (end != text.end() && absl::ascii_isalnum(static_cast<unsigned char>(*end))) return false;
  return std::set<char>(text.begin(), end).size() >= kLeastDistinct;
}

// Of the first that `run` begins with, or that begins after "-" or "_" in it.
absl::string_view NameOfShape(absl::string_view run) {
  for (size_t at = 0; at < run.size(); ++at) {
    if (at > 0 && IsAlnum(static_cast<unsigned char>(run[at - 1]))) continue;
    for (const Shape& shape : kShapes) {
      if (Matches(shape, run.substr(at))) return shape.name;
    }
  }
  return "";
}

}  // namespace

void ShapeScanner::Feed(absl::string_view piece) {
  while (!piece.empty()) {
    const auto end = std::find_if_not(piece.begin(), piece.end(),
                                      [](char byte) { return IsUrlSafe(static_cast<unsigned char>(byte)); });
    const auto size = static_cast<size_t>(end - piece.begin());
    if (run_.size() < kKeptBytes) absl::StrAppend(&run_, piece.substr(0, std::min(size, kKeptBytes - run_.size())));
    run_size_ += size;
    if (size == piece.size()) return;
    EndRun(piece[size]);
    piece.remove_prefix(size + 1);
  }
}

absl::string_view ShapeScanner::Finish() {
  EndRun('\0');
  token_parts_ = 0;
  pem_ = Pem::kOutside;
  const absl::string_view found = found_;
  found_ = "";
  return found;
}

void ShapeScanner::EndRun(char delimiter) {
  if (found_.empty()) {
    LookForWebToken(delimiter);
    LookForPem(delimiter);
    Found(NameOfShape(run_));
  }
  run_.clear();
  run_size_ = 0;
}

// header.payload.signature (RFC 7519): the first two are JSON objects in base64, which begin with `{"`.
void ShapeScanner::LookForWebToken(char delimiter) {
  const bool is_long = run_size_ >= kLeastTokenPart;
  if (token_parts_ == 2 && is_long) return Found("a JSON web token");
  token_parts_ = is_long && absl::StartsWith(run_, "eyJ") && delimiter == '.' ? token_parts_ + 1 : 0;
}

// "-----BEGIN RSA PRIVATE KEY-----" (RFC 7468), with any words before PRIVATE, and PGP's "PRIVATE KEY BLOCK".
void ShapeScanner::LookForPem(char delimiter) {
  if (pem_ == Pem::kPrivate && absl::StartsWith(run_, "KEY")) return Found("a private key");
  const bool is_word = !run_.empty() && std::all_of(run_.begin(), run_.end(), [](char byte) {
    return IsCapitalOrDigit(static_cast<unsigned char>(byte));
  });
  if (delimiter != ' ') {
    pem_ = Pem::kOutside;
  } else if (absl::EndsWith(run_, "-----BEGIN")) {
    pem_ = Pem::kBegun;
  } else if (pem_ != Pem::kOutside) {
    pem_ = !is_word ? Pem::kOutside : run_ == "PRIVATE" ? Pem::kPrivate : Pem::kBegun;
  }
}

}  // namespace waybill::attest::secrets
