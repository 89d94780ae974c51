// SPDX-License-Identifier: Apache-2.0
// Authentication of the fake registry: challenges, the token endpoint (distribution's docs, "Token Authentication
// Specification" and "OAuth2 Token Authentication"), and the check of each request.
#ifndef WAYBILL_OCI_REGISTRY_SERVER_AUTHORITY_H_
#define WAYBILL_OCI_REGISTRY_SERVER_AUTHORITY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "oci/registry/server/endpoints/exchange.h"
#include "oci/registry/server/wire/access.h"

namespace waybill::oci::registry::server {

// Safe to use from several threads at once.
class Authority {
 public:
  // The 401 for a request that is not allowed, or nothing.
  std::optional<http::server::Response> Refuse(const endpoints::Exchange& exchange) const;
  // GET and POST of the token endpoint.
  http::server::Response ServeToken(const endpoints::Exchange& exchange);

 private:
  struct Token {
    wire::Access access;
    absl::Time expires;
  };
  std::optional<absl::string_view> BearerProblem(const endpoints::Exchange& exchange, const wire::Access& needed) const;
  http::server::Response Grant(const endpoints::Exchange& exchange, const http::server::Pairs& form,
                               bool authenticated);
  http::server::Response Post(const endpoints::Exchange& exchange);
  bool Redeem(const behavior::AuthBehavior& behavior, const std::string& refresh_token);
  std::string NewRefreshToken() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  int64_t last_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, Token> tokens_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> refresh_tokens_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> spent_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace waybill::oci::registry::server

#endif  // WAYBILL_OCI_REGISTRY_SERVER_AUTHORITY_H_
