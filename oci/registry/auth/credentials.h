// SPDX-License-Identifier: Apache-2.0
// Who we are to a registry.
#ifndef WAYBILL_OCI_REGISTRY_AUTH_CREDENTIALS_H_
#define WAYBILL_OCI_REGISTRY_AUTH_CREDENTIALS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "oci/context.h"

namespace waybill::oci::registry::auth {

// At most one of the three forms is set; none is anonymous. Never printed.
struct Credentials {
  std::string username;
  std::string password;
  std::string identity_token;  // an OAuth2 refresh token
  std::string registry_token;  // a ready bearer token, sent as it is

  bool empty() const {
    return username.empty() && password.empty() && identity_token.empty() && registry_token.empty();
  }
  friend bool operator==(const Credentials&, const Credentials&) = default;
};

struct FoundCredentials {
  Credentials credentials;
  // Where they came from, or where was looked in vain: "~/.docker/config.json (helper gcloud)".
  std::string origin;
};

// What a bearer token is asked for, out of a registry's challenge.
struct TokenQuery {
  std::string realm;  // the token server's URL, checked by the caller
  std::string service;
  std::vector<std::string> scopes;  // "repository:app:pull,push", the most important first
};

struct GrantedToken {
  std::string value;
  absl::Duration lifetime;  // as the token server said, from when it was received
  std::string origin;       // as in FoundCredentials
};

// Thread-safe.
class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  // For a host ("docker.io", "localhost:5000") and a repository there. Nothing found is empty credentials, not an
  // error. `fresh`: do not answer from a cache, what was given last time was refused.
  virtual absl::StatusOr<FoundCredentials> Find(const Context& context, absl::string_view host,
                                                absl::string_view repository, bool fresh) = 0;

  // Sources that get tokens themselves, so that their secrets stay where they are; nullopt from those that do not, or
  // not for this host: then the token server is asked with what Find gives. Keeps nothing.
  virtual absl::StatusOr<std::optional<GrantedToken>> FetchToken(const Context& /*context*/, absl::string_view /*host*/,
                                                                 const TokenQuery& /*query*/) {
    return std::nullopt;
  }
};

}  // namespace waybill::oci::registry::auth

#endif  // WAYBILL_OCI_REGISTRY_AUTH_CREDENTIALS_H_
