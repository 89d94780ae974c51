// SPDX-License-Identifier: Apache-2.0
#include "oci/http/curl/proxy.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "oci/http/ip.h"
#include "oci/http/status_mapping.h"
#include "oci/http/transport.h"

namespace waybill::oci::http::curl {
namespace {

// "host:port", "[v6]:port" or "host"; the port is "" when there is none.
std::pair<absl::string_view, absl::string_view> SplitPort(absl::string_view entry) {
  const size_t colon = entry.rfind(':');
  const bool bracketed = absl::StartsWith(entry, "[");
  const bool plain_v6 = !bracketed && entry.find(':') != colon;
  if (colon == absl::string_view::npos || plain_v6 || (bracketed && entry[colon - 1] != ']')) return {entry, ""};
  return {entry.substr(0, colon), entry.substr(colon + 1)};
}

bool MatchesCidr(const std::optional<IpAddress>& host, absl::string_view entry) {
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(entry, absl::MaxSplits('/', 1));
  const std::optional<IpAddress> network = IpAddress::Parse(parts.first);
  int bits = 0;
  return host.has_value() && network.has_value() && absl::SimpleAtoi(parts.second, &bits) &&
         host->HasPrefix(*network, bits);
}

bool MatchesName(absl::string_view host, absl::string_view pattern) {
  if (absl::StartsWith(pattern, "*.")) pattern.remove_prefix(1);
  if (absl::StartsWith(pattern, ".")) return absl::EndsWith(host, pattern);
  return host == pattern || absl::EndsWith(host, absl::StrCat(".", pattern));
}

bool Matches(const Url& url, const std::optional<IpAddress>& address, absl::string_view entry) {
  if (entry == "*") return true;
  if (absl::StrContains(entry, '/')) return MatchesCidr(address, entry);
  const auto [pattern, port] = SplitPort(entry);
  if (!port.empty() && port != absl::StrCat(url.port())) return false;
  if (const std::optional<IpAddress> ip = IpAddress::Parse(pattern); ip.has_value()) return address == ip;
  return !pattern.empty() && MatchesName(url.host(), pattern);
}

// What libcurl makes of a URL's user and password; a "%" that encodes nothing stays.
std::string PercentDecoded(absl::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const absl::string_view hex = absl::ClippedSubstr(text, i + 1, 2);
    const bool encoded =
        text[i] == '%' && hex.size() == 2 && absl::ascii_isxdigit(hex[0]) && absl::ascii_isxdigit(hex[1]);
    absl::StrAppend(&out, encoded ? absl::HexStringToBytes(hex) : std::string(1, text[i]));
    if (encoded) i += 2;
  }
  return out;
}

}  // namespace

ProxyConfig ProxyConfigFrom(const std::function<std::optional<std::string>(absl::string_view name)>& lookup) {
  const auto either = [&lookup](absl::string_view upper) {
    const std::string value = lookup(upper).value_or("");
    return value.empty() ? lookup(absl::AsciiStrToLower(upper)).value_or("") : value;
  };
  ProxyConfig config{either("HTTP_PROXY"), either("HTTPS_PROXY"), either("NO_PROXY")};
  if (!lookup("REQUEST_METHOD").value_or("").empty()) config.http_proxy.clear();
  return config;
}

std::string ProxyFor(const ProxyConfig& config, const Url& url) {
  const std::string& proxy = url.scheme() == "https" ? config.https_proxy : config.http_proxy;
  if (proxy.empty() || IsLoopbackHost(url.host())) return "";
  const std::optional<IpAddress> address = IpAddress::Parse(url.host());
  for (absl::string_view part : absl::StrSplit(config.no_proxy, ',')) {
    const std::string entry = absl::AsciiStrToLower(absl::StripAsciiWhitespace(part));
    if (!entry.empty() && Matches(url, address, entry)) return "";
  }
  return absl::StrContains(proxy, "://") ? proxy : absl::StrCat("http://", proxy);
}

void AddProxySecrets(const ProxyConfig& config, words::HeldSecrets& secrets) {
  for (const std::string& proxy : {config.http_proxy, config.https_proxy}) {
    absl::string_view rest = proxy;
    if (const size_t scheme = rest.find("://"); scheme != absl::string_view::npos) rest.remove_prefix(scheme + 3);
    const absl::string_view user_info = rest.substr(0, rest.rfind('@'));
    const size_t colon = user_info.find(':');
    if (user_info.size() == rest.size() || colon == absl::string_view::npos) continue;
    secrets.Add(user_info.substr(colon + 1));
    secrets.AddPassword(PercentDecoded(user_info.substr(0, colon)), PercentDecoded(user_info.substr(colon + 1)));
  }
}

absl::Status ProxyRefusal(absl::string_view proxy, absl::string_view authority, int status) {
  const absl::string_view name = StatusName(status);
  const absl::string_view host = authority.substr(0, authority.rfind(':'));
  std::string message = absl::StrCat("the proxy ", proxy, " does not let us reach ", authority, ": ", status,
                                     name.empty() ? "" : " ", name);
  if (status >= 502 && status <= 504) return NetworkError(kFailureConnect, 0, message);
  if (status == 407) {
    absl::StrAppend(&message, "; HTTPS_PROXY and HTTP_PROXY take a user: http://USER:PASSWORD@PROXY:PORT");
  } else {
    absl::StrAppend(&message, "; the proxy has to allow the host, or NO_PROXY=", host, " goes around the proxy");
  }
  return NetworkError(kFailureProxy, 0, message);
}

}  // namespace waybill::oci::http::curl
