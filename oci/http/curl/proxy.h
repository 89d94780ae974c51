// SPDX-License-Identifier: Apache-2.0
// Which proxy a URL goes through, by the rules of Go's golang.org/x/net/http/httpproxy: curl's own differ (NO_PROXY
// entries with a port, upper-case HTTP_PROXY).
#ifndef WAYBILL_OCI_HTTP_CURL_PROXY_H_
#define WAYBILL_OCI_HTTP_CURL_PROXY_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "oci/http/url.h"
#include "oci/words/secrets.h"

namespace waybill::oci::http::curl {

// The settings as the environment has them; the upper-case name wins over the lower-case one.
struct ProxyConfig {
  std::string http_proxy;   // HTTP_PROXY; ignored in a CGI program (REQUEST_METHOD set), as Go does
  std::string https_proxy;  // HTTPS_PROXY
  std::string no_proxy;     // NO_PROXY: "host", ".domain", "*.domain", "10.0.0.0/8", "host:port", "*"
};

// `lookup` answers an environment variable, or nothing.
ProxyConfig ProxyConfigFrom(const std::function<std::optional<std::string>(absl::string_view name)>& lookup);

// The proxy's URL ("http://proxy:3128") for `url`, or "" for a direct connection. Loopback hosts are never proxied.
std::string ProxyFor(const ProxyConfig& config, const Url& url);

// Adds the passwords of the proxies' URLs to `secrets`, as they are written and decoded.
void AddProxySecrets(const ProxyConfig& config, words::HeldSecrets& secrets);

// A proxy's own answer, from 300 on, where the answer of `authority` ("host:port") was wanted. kFailureProxy, or
// kFailureConnect for a proxy that did not reach the host (502, 503, 504). The message says what helps.
absl::Status ProxyRefusal(absl::string_view proxy, absl::string_view authority, int status);

}  // namespace waybill::oci::http::curl

#endif  // WAYBILL_OCI_HTTP_CURL_PROXY_H_
