// SPDX-License-Identifier: Apache-2.0
#include "oci/http/redirect.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/http/url.h"
#include "oci/status_macros.h"

namespace waybill::oci::http {
namespace {

bool MayFollow(int status, absl::string_view method) {
  if (status == 307 || status == 308) return true;
  return (status == 301 || status == 302 || status == 303) && (method == "GET" || method == "HEAD");
}

}  // namespace

absl::StatusOr<Response> SendFollowing(const Context& context, Transport& transport, Request request) {
  ABSL_ASSIGN_OR_RETURN(Url url, Url::Parse(request.url));
  for (int hop = 0;; ++hop) {
    ABSL_ASSIGN_OR_RETURN(Response response, transport.Send(context, request));
    const std::optional<std::string> location = response.headers.Find("Location");
    if (!MayFollow(response.status, request.method) || !location.has_value()) return response;
    if (hop == kMaxRedirects) {
      return MakeError(Reason::kRefused, absl::StrCat(url.host(), " redirects more than ", kMaxRedirects, " times"));
    }
    ABSL_ASSIGN_OR_RETURN(Url next, url.Resolve(*location));
    ABSL_RETURN_IF_ERROR(CheckOnward(url, next));
    if (!SameOrigin(url, next)) {
      request.headers.Remove("Authorization");
      request.headers.Remove("Cookie");
      request.tls = nullptr;
    }
    url = std::move(next);
    request.url = url.ToString();
  }
}

}  // namespace waybill::oci::http
