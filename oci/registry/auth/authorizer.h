// SPDX-License-Identifier: Apache-2.0
// What one host wants to see in Authorization, remembered: its challenge, and a token for each set of rights.
#ifndef WAYBILL_OCI_REGISTRY_AUTH_AUTHORIZER_H_
#define WAYBILL_OCI_REGISTRY_AUTH_AUTHORIZER_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "oci/clock.h"
#include "oci/context.h"
#include "oci/http/challenge.h"
#include "oci/http/transport.h"
#include "oci/http/url.h"
#include "oci/registry/auth/credentials.h"
#include "oci/registry/auth/token.h"
#include "oci/words/secrets.h"

namespace waybill::oci::registry::auth {

// The rights that a request needs: on its own repository first, then on others (a mount's source).
struct Access {
  std::string repository;
  bool push = false;
  std::vector<std::string> more_scopes;

  std::vector<std::string> Scopes() const;
};

// Thread-safe. Threads that need the same token wait for one fetch.
class Authorizer {
 public:
  struct Deps {
    http::Transport& transport;
    CredentialSource& credentials;
    Clock& clock;
  };
  // `host` is the name under which credentials are looked up.
  Authorizer(Deps deps, std::string host) : deps_(deps), host_(std::move(host)) {}

  // The value of Authorization for a request, or "" when none is known to be needed. A token that ends within 30 s is
  // renewed first; credentials that the token server refuses are asked for once more at their source. Errors: those of
  // the credentials, of the transport, and refusals of the token server, for all that waited for the same fetch
  // (RateLimited for those that call for a pause).
  absl::StatusOr<std::string> Authorization(const Context& context, const Access& access, const http::TlsSettings* tls);

  // After a 401 to a request that carried `sent`: takes in the challenges and forgets what was refused. False when
  // there is nothing else to try: no credentials, none but those that were refused, or a token that was fetched for all
  // of these rights on several repositories. `at` is the URL that answered, a trusted one: what it says decides where
  // credentials go.
  absl::StatusOr<bool> Learn(const Context& context, const http::Reply& reply, const http::Url& at,
                             const Access& access, absl::string_view sent);

  // After a 403 to a request that carried `sent`: whether other credentials are at hand now. Their source is asked once
  // more, at most once a minute for the same `sent`. Errors: the source's.
  absl::StatusOr<bool> Renew(const Context& context, const Access& access, absl::string_view sent);

  // Whether it is known what the host wants to see.
  bool Knows() const;
  // Whether there are credentials that nothing has asked for yet. A source that fails has none.
  bool HasCredentials(const Context& context, const Access& access);

  // Where credentials came from, or were looked for, for the message of a refusal.
  std::string Origin() const;
  // "; docker login HOST gives some" where credentials were looked for and there are none; else "".
  std::string LoginHint() const;

 private:
  enum class Scheme { kUnknown, kBasic, kBearer };
  struct Entry {
    std::string value;
    absl::Time expires = absl::InfinitePast();
    bool fetching = false;
    absl::Status failure;  // of the last fetch, for those who waited for it
  };

  absl::StatusOr<std::string> Bearer(const Context& context, const Access& access, const http::TlsSettings* tls);
  TokenQuery QueryFor(const Access& access) const;
  // Waits for a fetch that is under way. The token, or nullopt when the caller is to Fetch.
  absl::StatusOr<std::optional<std::string>> Await(const Context& context, const std::string& key);
  absl::StatusOr<Entry> Fetch(const Context& context, const Access& access, const http::TlsSettings* tls);
  // What came of asking for a token; the error may be that the token server refuses the credentials.
  struct Fetched {
    absl::StatusOr<Entry> entry;
    bool refused = false;
  };
  Fetched FetchWith(const Context& context, const Access& access, const TokenRequest& request);
  absl::StatusOr<Entry> Accept(const Credentials& credentials, const http::Reply& reply);
  absl::StatusOr<Credentials> Find(const Context& context, const std::string& repository, bool fresh);
  absl::StatusOr<bool> LearnBasic(const Context& context, const Access& access, absl::string_view sent);
  absl::StatusOr<bool> RenewToken(const Context& context, const Access& access, absl::string_view sent);
  // Whether it is time to ask about `sent`; counts as having been asked then.
  bool MayRenew(absl::string_view sent);

  const Deps deps_;
  const std::string host_;
  words::HeldSecrets secrets_;  // whatever was sent, a reply may hold
  mutable absl::Mutex mu_;
  Scheme scheme_ ABSL_GUARDED_BY(mu_) = Scheme::kUnknown;
  std::string realm_ ABSL_GUARDED_BY(mu_);
  std::string service_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, Entry> tokens_ ABSL_GUARDED_BY(mu_);         // by scopes
  std::map<std::string, std::string> refresh_ ABSL_GUARDED_BY(mu_);  // newest refresh token by the one it replaces
  std::string extra_scope_ ABSL_GUARDED_BY(mu_);                     // the server asked for it
  std::string origin_ ABSL_GUARDED_BY(mu_);
  bool found_none_ ABSL_GUARDED_BY(mu_) = false;
  absl::Mutex renewing_;  // before mu_; one asks, and the others see what came of it
  std::map<std::string, absl::Time> renewed_ ABSL_GUARDED_BY(mu_);  // when, by the hash of what was sent
  bool stale_ ABSL_GUARDED_BY(mu_) = false;  // the credentials were refused: ask their source again
};

}  // namespace waybill::oci::registry::auth

#endif  // WAYBILL_OCI_REGISTRY_AUTH_AUTHORIZER_H_
