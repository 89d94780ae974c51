// SPDX-License-Identifier: Apache-2.0
#include "oci/image/reference.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::oci::image {
namespace {

constexpr absl::string_view kDefaultDomain = "docker.io";
constexpr absl::string_view kLegacyDomain = "index.docker.io";
constexpr absl::string_view kOfficialPrefix = "library/";
constexpr size_t kMaxPathBytes = 255;
constexpr size_t kMaxTagBytes = 128;
constexpr size_t kIdentifierDigits = 64;
constexpr size_t kMinDigestDigits = 32;

bool IsLowerAlnum(char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c); }
bool HasUpper(absl::string_view text) { return std::any_of(text.begin(), text.end(), absl::ascii_isupper); }

template <typename Predicate>
bool All(absl::string_view text, Predicate predicate) {
  return !text.empty() && std::all_of(text.begin(), text.end(), predicate);
}

bool IsIdentifier(absl::string_view text) {
  return text.size() == kIdentifierDigits &&
         All(text, [](char c) { return absl::ascii_isxdigit(c) && !absl::ascii_isupper(c); });
}

// Runs of lower-case letters and digits joined by ".", "_", "__" or dashes.
bool IsPathComponent(absl::string_view text) {
  if (text.empty() || !IsLowerAlnum(text.front()) || !IsLowerAlnum(text.back())) return false;
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() && !IsLowerAlnum(text[end])) ++end;
    const absl::string_view separator = text.substr(i, end - i);
    const bool joins = separator.empty() || separator == "." || separator == "_" || separator == "__" ||
                       separator.find_first_not_of('-') == separator.npos;
    if (!joins) return false;
    i = end + 1;
  }
  return true;
}

bool IsPath(absl::string_view text) {
  for (absl::string_view component : absl::StrSplit(text, '/')) {
    if (!IsPathComponent(component)) return false;
  }
  return true;
}

bool IsHostName(absl::string_view text) {
  for (absl::string_view label : absl::StrSplit(text, '.')) {
    if (label.empty() || label.front() == '-' || label.back() == '-') return false;
    if (!All(label, [](char c) { return absl::ascii_isalnum(c) || c == '-'; })) return false;
  }
  return true;
}

// A host name or a bracketed IPv6 address, with or without a port.
bool IsDomain(absl::string_view text) {
  absl::string_view host = text;
  const size_t bracket = text.rfind(']');
  const size_t colon = text.find(':', bracket == text.npos ? 0 : bracket);
  if (colon != text.npos) {
    host = text.substr(0, colon);
    if (!All(text.substr(colon + 1), absl::ascii_isdigit)) return false;
  }
  if (!absl::StartsWith(host, "[")) return IsHostName(host);
  return host.back() == ']' &&
         All(host.substr(1, host.size() - 2), [](char c) { return absl::ascii_isxdigit(c) || c == ':'; });
}

bool IsTag(absl::string_view text) {
  if (text.empty() || text.size() > kMaxTagBytes || text.front() == '.' || text.front() == '-') return false;
  return All(text, [](char c) { return absl::ascii_isalnum(c) || c == '_' || c == '.' || c == '-'; });
}

// The shape only: algorithms nobody knows pass here.
bool LooksLikeDigest(absl::string_view text) {
  const size_t colon = text.find(':');
  if (colon == text.npos) return false;
  const absl::string_view hex = text.substr(colon + 1);
  if (hex.size() < kMinDigestDigits || !All(hex, absl::ascii_isxdigit)) return false;
  for (absl::string_view part : absl::StrSplit(text.substr(0, colon), absl::ByAnyChar("-_+."))) {
    if (part.empty() || !absl::ascii_isalpha(part.front()) || !All(part, absl::ascii_isalnum)) return false;
  }
  return true;
}

// A reference cut at its separators, nothing checked.
struct Parts {
  absl::string_view domain;
  absl::string_view path;
  absl::string_view tag;
  absl::string_view digest;
  bool has_tag = false;
  bool has_digest = false;
};

// `text` has a slash: the domain is there.
Parts Cut(absl::string_view text) {
  Parts parts;
  const size_t at = text.find('@');
  parts.has_digest = at != text.npos;
  if (parts.has_digest) parts.digest = text.substr(at + 1);
  const absl::string_view name = text.substr(0, at);
  const size_t slash = name.find('/');
  parts.domain = name.substr(0, slash);
  parts.path = slash == name.npos ? "" : name.substr(slash + 1);
  const size_t colon = parts.path.find(':', parts.path.rfind('/') + 1);  // npos + 1 is 0
  parts.has_tag = colon != parts.path.npos;
  if (parts.has_tag) parts.tag = parts.path.substr(colon + 1);
  parts.path = parts.path.substr(0, colon);
  return parts;
}

bool IsWellFormed(const Parts& parts) {
  if (parts.has_tag && !IsTag(parts.tag)) return false;
  if (parts.has_digest && !LooksLikeDigest(parts.digest)) return false;
  return IsPath(parts.path) && (IsDomain(parts.domain) || IsPathComponent(parts.domain));
}

// "docker.io/library/" and "docker.io/" where people leave them out.
std::string WithDomain(absl::string_view text) {
  const size_t slash = text.find('/');
  if (slash == text.npos) return absl::StrCat(kDefaultDomain, "/", kOfficialPrefix, text);
  absl::string_view domain = text.substr(0, slash);
  absl::string_view rest = text.substr(slash + 1);
  if (domain == kLegacyDomain) {
    domain = kDefaultDomain;
  } else if (domain != "localhost" && domain.find_first_of(".:") == domain.npos && !HasUpper(domain)) {
    domain = kDefaultDomain;
    rest = text;
  }
  const bool official = domain == kDefaultDomain && rest.find('/') == rest.npos;
  return absl::StrCat(domain, "/", official ? kOfficialPrefix : "", rest);
}

}  // namespace

absl::StatusOr<Reference> Reference::Parse(absl::string_view text) {
  if (IsIdentifier(text)) {
    return InvalidInputError(
        absl::StrCat("invalid repository name (", text, "), cannot specify 64-byte hexadecimal strings"));
  }
  const std::string full = WithDomain(text);
  const absl::string_view remainder = absl::string_view(full).substr(full.find('/') + 1);
  const absl::string_view name = remainder.substr(0, remainder.find(':'));
  if (HasUpper(name)) {
    return InvalidInputError(absl::StrCat("invalid reference format: repository name (", name, ") must be lowercase"));
  }
  const Parts parts = Cut(full);
  if (!IsWellFormed(parts)) {
    const std::string lower = absl::AsciiStrToLower(full);
    if (IsWellFormed(Cut(lower))) return InvalidInputError("repository name must be lowercase");
    return InvalidInputError("invalid reference format");
  }
  Reference reference;
  // What looks like a domain but is none ("a_b.c") can only be a part of the path.
  const bool has_domain = IsDomain(parts.domain);
  reference.domain_ = has_domain ? std::string(parts.domain) : "";
  reference.path_ = has_domain ? std::string(parts.path) : absl::StrCat(parts.domain, "/", parts.path);
  reference.tag_ = std::string(parts.tag);
  if (reference.path_.size() > kMaxPathBytes) {
    return InvalidInputError(absl::StrCat("repository name must not be more than ", kMaxPathBytes, " characters"));
  }
  if (parts.has_digest) {
    ABSL_ASSIGN_OR_RETURN(reference.digest_, Digest::Parse(parts.digest));
  }
  return reference;
}

Reference Reference::WithDefaultTag() const {
  Reference copy = *this;
  if (tag_.empty() && !digest_.has_value()) copy.tag_ = "latest";
  return copy;
}

std::string Reference::FamiliarName() const {
  if (domain_ != kDefaultDomain) return domain_.empty() ? path_ : absl::StrCat(domain_, "/", path_);
  absl::string_view official = path_;
  const bool is_official = absl::ConsumePrefix(&official, kOfficialPrefix) && official.find('/') == official.npos;
  return is_official ? std::string(official) : path_;
}

std::string Reference::Suffix() const {
  std::string suffix = tag_.empty() ? "" : absl::StrCat(":", tag_);
  if (digest_.has_value()) absl::StrAppend(&suffix, "@", digest_->ToString());
  return suffix;
}

std::string Reference::Familiar() const { return FamiliarName() + Suffix(); }

std::string Reference::ToString() const { return absl::StrCat(domain_, domain_.empty() ? "" : "/", path_, Suffix()); }

}  // namespace waybill::oci::image
