// SPDX-License-Identifier: Apache-2.0
// Bearer tokens (distribution, docs/content/spec/auth/token.md and oauth.md).
#ifndef WAYBILL_OCI_REGISTRY_AUTH_TOKEN_H_
#define WAYBILL_OCI_REGISTRY_AUTH_TOKEN_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "oci/context.h"
#include "oci/http/transport.h"
#include "oci/registry/auth/credentials.h"

namespace waybill::oci::registry::auth {

struct TokenRequest {
  TokenQuery query;
  Credentials credentials;
  const http::TlsSettings* tls = nullptr;
};

struct Token {
  std::string value;
  absl::Duration lifetime;    // LifetimeOf; from when it was received
  std::string refresh_token;  // a newer one, when the server rotates them; else empty
};

// The reply that answers, or the token in it. GET with Basic for a user and password, and anonymously; POST for an
// identity token. Errors: the transport's; ReplyError for a refusal; kAuth for a reply without a token.
absl::StatusOr<http::Reply> SendTokenRequest(const Context& context, http::Transport& transport,
                                             const TokenRequest& request);
absl::StatusOr<Token> ParseToken(absl::string_view body);

// How long a token counts as good that is said to live for `said`: 60 s to a day.
absl::Duration LifetimeOf(absl::Duration said);

// RFC 4648 base64 of "user:password" after "Basic ".
std::string BasicAuthorization(const Credentials& credentials);

}  // namespace waybill::oci::registry::auth

#endif  // WAYBILL_OCI_REGISTRY_AUTH_TOKEN_H_
