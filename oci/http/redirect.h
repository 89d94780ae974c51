// SPDX-License-Identifier: Apache-2.0
// Follows redirects by rules of our own: libcurl's resend bodies it cannot rewind, and forget who asked.
#ifndef WAYBILL_OCI_HTTP_REDIRECT_H_
#define WAYBILL_OCI_HTTP_REDIRECT_H_

#include "absl/status/statusor.h"
#include "oci/context.h"
#include "oci/http/transport.h"

namespace waybill::oci::http {

inline constexpr int kMaxRedirects = 5;

// Sends the request and follows 301, 302, 303, 307 and 308, at most kMaxRedirects times. A body goes along with 307 and
// 308 only: with another of them, and a method other than GET or HEAD, the redirect itself is the reply. Authorization
// and Cookie stay behind, as do `tls` settings, when scheme, host or port change. A redirect without a usable Location
// is the reply. Errors: as Transport::Send, and CheckOnward's refusals.
absl::StatusOr<Response> SendFollowing(const Context& context, Transport& transport, Request request);

}  // namespace waybill::oci::http

#endif  // WAYBILL_OCI_HTTP_REDIRECT_H_
