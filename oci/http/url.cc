// SPDX-License-Identifier: Apache-2.0
#include "oci/http/url.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "oci/error.h"
#include "oci/http/ip.h"
#include "oci/http/redact.h"
#include "oci/status_macros.h"

namespace waybill::oci::http {
namespace {

int DefaultPort(absl::string_view scheme) { return scheme == "https" ? 443 : 80; }

// RFC 3986, 5.2.4.
std::string RemoveDotSegments(absl::string_view path) {
  std::vector<absl::string_view> kept;
  const std::vector<absl::string_view> segments = absl::StrSplit(absl::StripPrefix(path, "/"), '/');
  for (size_t i = 0; i < segments.size(); ++i) {
    const bool last = i + 1 == segments.size();
    if (segments[i] == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (segments[i] != ".") {
      kept.push_back(segments[i]);
      continue;
    }
    if (last) kept.push_back("");
  }
  return absl::StrCat("/", absl::StrJoin(kept, "/"));
}

bool HasForbiddenByte(absl::string_view text) {
  for (const unsigned char c : text) {
    if (c <= 0x20 || c == 0x7f || c == '\\') return true;
  }
  return false;
}

// What browsers and Go encode in a Location by themselves.
std::string EncodeSpaces(absl::string_view location) {
  return absl::StrReplaceAll(absl::StripAsciiWhitespace(location), {{" ", "%20"}, {"\\", "%5C"}});
}

// The fault is of who answered.
absl::Status BadLocation(const Url& answered, absl::string_view location, const absl::Status& why) {
  return MakeError(Reason::kRefused, absl::StrCat(answered.authority(), " leads us to \"",
                                                  RedactText(RedactUrl(location), 1024), "\": ", why.message()));
}

// An IPv6 address in brackets, or what names and IPv4 addresses are made of: nothing that another parser of URLs could
// take for the end of the host.
bool IsHost(absl::string_view host) {
  if (absl::StartsWith(host, "[")) return absl::EndsWith(host, "]") && IpAddress::Parse(host).has_value();
  for (const char c : host) {
    if (!absl::ascii_isalnum(c) && !absl::StrContains("-._~", c)) return false;
  }
  return !host.empty() && host.front() != '.';
}

}  // namespace

absl::Status Url::SetAuthority(absl::string_view authority) {
  if (absl::StrContains(authority, '@')) return InvalidInputError("a URL with user information is refused");
  absl::string_view host = authority;
  absl::string_view port;
  const size_t bracket = authority.rfind(']');
  const size_t colon = authority.rfind(':');
  if (colon != absl::string_view::npos && (bracket == absl::string_view::npos || colon > bracket)) {
    host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
  }
  if (host.empty()) return InvalidInputError("URL without a host");
  if (!IsHost(host)) return InvalidInputError(absl::StrCat("bad host \"", host, "\" in URL"));
  port_ = DefaultPort(scheme_);
  if (!port.empty() && (!absl::SimpleAtoi(port, &port_) || port_ < 1 || port_ > 65535)) {
    return InvalidInputError(absl::StrCat("bad port \"", port, "\" in URL"));
  }
  host_ = absl::AsciiStrToLower(host);
  return absl::OkStatus();
}

void Url::SetPathAndQuery(absl::string_view text) {
  text = text.substr(0, text.find('#'));
  const size_t mark = text.find('?');
  path_ = std::string(text.substr(0, mark));
  if (path_.empty()) path_.push_back('/');
  has_query_ = mark != absl::string_view::npos;
  query_ = has_query_ ? std::string(text.substr(mark + 1)) : "";
}

absl::StatusOr<Url> Url::Parse(absl::string_view text) {
  if (HasForbiddenByte(text)) return InvalidInputError("URL with a space, backslash or control character");
  const size_t mark = text.find("://");
  Url url;
  url.scheme_ = mark == absl::string_view::npos ? "" : absl::AsciiStrToLower(text.substr(0, mark));
  if (url.scheme_ != "http" && url.scheme_ != "https") {
    return InvalidInputError(absl::StrCat("not an http or https URL: \"", text.substr(0, text.find('?')), "\""));
  }
  const absl::string_view rest = text.substr(mark + 3);
  const size_t end = rest.find_first_of("/?#");
  ABSL_RETURN_IF_ERROR(url.SetAuthority(rest.substr(0, end)));
  url.SetPathAndQuery(end == absl::string_view::npos ? "" : rest.substr(end));
  return url;
}

absl::StatusOr<Url> Url::Resolve(absl::string_view reference) const {
  const size_t colon = reference.find(':');
  const size_t delimiter = reference.find_first_of("/?#");
  if (colon != absl::string_view::npos && (delimiter == absl::string_view::npos || colon < delimiter)) {
    return Parse(reference);
  }
  if (absl::StartsWith(reference, "//")) return Parse(absl::StrCat(scheme_, ":", reference));
  if (HasForbiddenByte(reference)) return InvalidInputError("URL with a space, backslash or control character");
  Url url = *this;
  if (reference.empty() || reference.front() == '#') return url;
  if (reference.front() == '?') {
    url.SetPathAndQuery(absl::StrCat(path_, reference));
  } else if (reference.front() == '/') {
    url.SetPathAndQuery(reference);
  } else {
    url.SetPathAndQuery(absl::StrCat(path_.substr(0, path_.rfind('/') + 1), reference));
  }
  url.path_ = RemoveDotSegments(url.path_);
  return url;
}

Url Url::WithParameter(absl::string_view name, absl::string_view value) const {
  Url url = *this;
  const bool open = url.query_.empty() || url.query_.back() == '&';
  absl::StrAppend(&url.query_, open ? "" : "&", name, "=", PercentEncode(value));
  url.has_query_ = true;
  return url;
}

std::string Url::authority() const { return port_ == DefaultPort(scheme_) ? host_ : absl::StrCat(host_, ":", port_); }

std::string Url::ToString() const {
  return absl::StrCat(scheme_, "://", authority(), path_, has_query_ ? "?" : "", query_);
}

bool SameOrigin(const Url& a, const Url& b) {
  return a.scheme() == b.scheme() && a.host() == b.host() && a.port() == b.port();
}

bool IsLoopbackHost(absl::string_view host) {
  if (absl::EqualsIgnoreCase(host, "localhost") || absl::EndsWithIgnoreCase(host, ".localhost")) return true;
  const std::optional<IpAddress> address = IpAddress::Parse(host);
  return address.has_value() && address->IsLoopback();
}

bool IsPrivateHost(absl::string_view host) {
  if (IsLoopbackHost(host)) return true;
  const std::optional<IpAddress> address = IpAddress::Parse(host);
  return address.has_value() && address->IsPrivate();
}

absl::Status CheckOnward(const Url& from, const Url& to) {
  if (from.scheme() == "https" && to.scheme() == "http") {
    return MakeError(Reason::kRefused, absl::StrCat(from.host(), " sends us from https to plain http on ", to.host()));
  }
  if (!IsPrivateHost(from.host()) && IsPrivateHost(to.host())) {
    return MakeError(Reason::kRefused,
                     absl::StrCat(from.host(), " sends us to the private address ", to.host(), ": refused"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Url> ResolveLocation(const Url& answered, absl::string_view location) {
  absl::StatusOr<Url> resolved = answered.Resolve(EncodeSpaces(location));
  if (!resolved.ok()) return BadLocation(answered, location, resolved.status());
  Url next = *std::move(resolved);
  const bool proxy_forgot_tls = answered.scheme() == "https" && next.scheme() == "http" &&
                                next.host() == answered.host() &&
                                (next.port() == answered.port() || next.port() == DefaultPort("http"));
  if (proxy_forgot_tls) {
    ABSL_ASSIGN_OR_RETURN(next, Url::Parse(absl::StrCat("https://", answered.authority(), next.path(),
                                                        next.query().empty() ? "" : "?", next.query())));
  }
  if (const absl::Status onward = CheckOnward(answered, next); !onward.ok()) {
    return BadLocation(answered, location, onward);
  }
  return next;
}

absl::StatusOr<Url> ResolveOwnLocation(const Url& answered, absl::string_view location, absl::string_view path) {
  absl::StatusOr<Url> next = ResolveLocation(answered, location);
  if (next.ok()) return next;
  const absl::StatusOr<Url> given = answered.Resolve(EncodeSpaces(location));
  if (!given.ok() || !absl::StartsWith(given->path(), path)) return next;
  return answered.Resolve(absl::StrCat(given->path(), given->query().empty() ? "" : "?", given->query()));
}

std::string PercentEncode(absl::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const unsigned char c : text) {
    if (absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out.push_back(static_cast<char>(c));
    } else {
      out.append({'%', kHex[c >> 4], kHex[c & 15]});
    }
  }
  return out;
}

}  // namespace waybill::oci::http
