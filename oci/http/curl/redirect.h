// SPDX-License-Identifier: Apache-2.0
// Follows redirects by rules of our own: libcurl's resend bodies it cannot rewind, and forget who asked.
#ifndef WAYBILL_OCI_HTTP_CURL_REDIRECT_H_
#define WAYBILL_OCI_HTTP_CURL_REDIRECT_H_

#include <functional>

#include "absl/status/statusor.h"
#include "oci/context.h"
#include "oci/http/transport.h"
#include "oci/http/url.h"

namespace waybill::oci::http::curl {

inline constexpr int kMaxRedirects = 5;

// The settings of an origin of its own. Errors: those of what it reads.
using TlsOf = std::function<absl::StatusOr<TlsSettings>(const Url& url)>;

// How another origin is reached to which one with the settings `from` sends us. Trust goes along (roots, and
// verification that is switched off), the client certificate does not; what `tls_of` says of `to` comes on top (empty:
// nothing). Errors: those of `tls_of`.
absl::StatusOr<TlsSettings> OnwardTls(const TlsSettings& from, const Url& to, const TlsOf& tls_of);

// Sends the request and follows 301, 302, 303, 307 and 308, at most kMaxRedirects times. A body goes along with 307 and
// 308 only: with another of them, and a method other than GET or HEAD, the redirect itself is the reply. When scheme,
// host or port change, Authorization and Cookie stay behind and `tls` is what OnwardTls makes of it. A redirect without
// a usable Location is the reply. Errors: as Transport::Send, after a redirect naming the URL that it led to;
// CheckOnward's refusals; kRefused when a secret body would leave its origin.
absl::StatusOr<Response> SendFollowing(const Context& context, Transport& transport, Request request,
                                       const TlsOf& tls_of = {});

}  // namespace waybill::oci::http::curl

#endif  // WAYBILL_OCI_HTTP_CURL_REDIRECT_H_
