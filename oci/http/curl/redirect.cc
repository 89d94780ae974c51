// SPDX-License-Identifier: Apache-2.0
#include "oci/http/curl/redirect.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/http/redact.h"
#include "oci/status_macros.h"

namespace waybill::oci::http::curl {
namespace {

bool MayFollow(int status, absl::string_view method) {
  if (status == 307 || status == 308) return true;
  return (status == 301 || status == 302 || status == 303) && (method == "GET" || method == "HEAD");
}

}  // namespace

absl::StatusOr<TlsSettings> OnwardTls(const TlsSettings& from, const Url& to, const TlsOf& tls_of) {
  TlsSettings tls;
  if (tls_of) {
    ABSL_ASSIGN_OR_RETURN(tls, tls_of(to));
  }
  tls.skip_verify = tls.skip_verify || from.skip_verify;
  tls.extra_roots = absl::StrCat(from.extra_roots, from.extra_roots.empty() ? "" : "\n", tls.extra_roots);
  return tls;
}

absl::StatusOr<Response> SendFollowing(const Context& context, Transport& transport, Request request,
                                       const TlsOf& tls_of) {
  ABSL_ASSIGN_OR_RETURN(Url url, Url::Parse(request.url));
  const TlsSettings first = request.tls == nullptr ? TlsSettings{} : *request.tls;
  TlsSettings onward;
  for (int hop = 0;; ++hop) {
    absl::StatusOr<Response> response = transport.Send(context, request);
    if (!response.ok() && hop > 0) {
      return Annotate(response.status(), absl::StrCat("redirected to ", RedactUrl(request.url)));
    }
    if (!response.ok() || !MayFollow(response->status, request.method)) return response;
    const std::optional<std::string> location = response->headers.Find("Location");
    if (!location.has_value()) return response;
    if (hop == kMaxRedirects) {
      return MakeError(Reason::kRefused, absl::StrCat(url.host(), " redirects more than ", kMaxRedirects, " times"));
    }
    ABSL_ASSIGN_OR_RETURN(Url next, ResolveLocation(url, *location));
    if (!SameOrigin(url, next)) {
      if (request.secret_body) {
        return MakeError(Reason::kRefused,
                         absl::StrCat(url.host(), " sends a credential on to ", next.authority(), ": refused"));
      }
      request.headers.Remove("Authorization");
      request.headers.Remove("Cookie");
      ABSL_ASSIGN_OR_RETURN(onward, OnwardTls(first, next, tls_of));
      request.tls = &onward;
    }
    url = std::move(next);
    request.url = url.ToString();
    ++request.resends;
  }
}

}  // namespace waybill::oci::http::curl
