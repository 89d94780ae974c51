// SPDX-License-Identifier: Apache-2.0
// Authentication of the fake registry: challenges, the token endpoint (distribution's docs, "Token Authentication
// Specification" and "OAuth2 Token Authentication"), and the check of each request.
#ifndef WAYBILL_OCI_REGISTRY_TESTING_AUTHORITY_H_
#define WAYBILL_OCI_REGISTRY_TESTING_AUTHORITY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "oci/registry/testing/access.h"
#include "oci/registry/testing/exchange.h"

namespace waybill::oci::registry::testing {

// Safe to use from several threads at once.
class Authority {
 public:
  // The 401 for a request that is not allowed, or nothing.
  std::optional<Response> Refuse(const Exchange& exchange) const;
  // GET and POST of the token endpoint.
  Response ServeToken(const Exchange& exchange);

 private:
  struct Token {
    Access access;
    absl::Time expires;
  };
  std::optional<absl::string_view> BearerProblem(const Exchange& exchange, const Access& needed) const;
  Response Grant(const Exchange& exchange, const Pairs& form, bool authenticated);
  Response Post(const Exchange& exchange);
  bool Redeem(const AuthBehavior& behavior, const std::string& refresh_token);
  std::string NewRefreshToken() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  int64_t last_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, Token> tokens_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> refresh_tokens_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> spent_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace waybill::oci::registry::testing

#endif  // WAYBILL_OCI_REGISTRY_TESTING_AUTHORITY_H_
