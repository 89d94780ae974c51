// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/authorizer.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "oci/error.h"
#include "oci/registry/reply_error.h"
#include "oci/registry/token.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry {
namespace {

constexpr absl::Duration kRenewBefore = absl::Seconds(30);
constexpr absl::Duration kCheck = absl::Milliseconds(100);

const http::Challenge* FindScheme(const std::vector<http::Challenge>& challenges, absl::string_view scheme) {
  const auto found = std::find_if(challenges.begin(), challenges.end(),
                                  [scheme](const http::Challenge& challenge) { return challenge.scheme == scheme; });
  return found == challenges.end() ? nullptr : &*found;
}

std::string Parameter(const http::Challenge& challenge, const std::string& name) {
  const auto found = challenge.parameters.find(name);
  return found == challenge.parameters.end() ? "" : found->second;
}

}  // namespace

std::vector<std::string> Access::Scopes() const {
  std::vector<std::string> scopes{absl::StrCat("repository:", repository, push ? ":pull,push" : ":pull")};
  scopes.insert(scopes.end(), more_scopes.begin(), more_scopes.end());
  return scopes;
}

std::string Authorizer::Origin() const {
  absl::MutexLock lock(&mu_);
  return origin_;
}

absl::StatusOr<Credentials> Authorizer::Find(const Context& context, const std::string& repository) {
  bool fresh;
  {
    absl::MutexLock lock(&mu_);
    fresh = std::exchange(stale_, false);
  }
  ABSL_ASSIGN_OR_RETURN(FoundCredentials found, deps_.credentials.Find(context, host_, repository, fresh));
  absl::MutexLock lock(&mu_);
  origin_ = found.origin;
  const auto renewed = refresh_.find(found.credentials.identity_token);
  if (renewed != refresh_.end()) found.credentials.identity_token = renewed->second;
  return std::move(found.credentials);
}

absl::StatusOr<std::string> Authorizer::Authorization(const Context& context, const Access& access,
                                                      const http::TlsSettings* tls) {
  Scheme scheme;
  {
    absl::MutexLock lock(&mu_);
    scheme = scheme_;
  }
  if (scheme == Scheme::kUnknown) return "";
  if (scheme == Scheme::kBearer) return Bearer(context, access, tls);
  ABSL_ASSIGN_OR_RETURN(const Credentials credentials, Find(context, access.repository));
  return credentials.empty() ? "" : BasicAuthorization(credentials);
}

absl::StatusOr<std::string> Authorizer::Bearer(const Context& context, const Access& access,
                                               const http::TlsSettings* tls) {
  const std::string key = absl::StrJoin(access.Scopes(), " ");
  while (true) {
    ABSL_RETURN_IF_ERROR(context.Check());
    absl::MutexLock lock(&mu_);
    Entry& entry = tokens_[key];
    if (!entry.fetching) {
      if (entry.expires - deps_.clock.Now() > kRenewBefore) return absl::StrCat("Bearer ", entry.value);
      entry.fetching = true;
      break;
    }
    const auto idle = [&entry] { return !entry.fetching; };
    mu_.AwaitWithTimeout(absl::Condition(&idle), kCheck);
  }
  absl::StatusOr<Entry> fetched = Fetch(context, access, tls);
  absl::MutexLock lock(&mu_);
  if (!fetched.ok()) {
    tokens_[key].fetching = false;
    return fetched.status();
  }
  tokens_[key] = *fetched;
  return absl::StrCat("Bearer ", fetched->value);
}

TokenQuery Authorizer::QueryFor(const Access& access) const {
  absl::MutexLock lock(&mu_);
  TokenQuery query{.realm = realm_, .service = service_, .scopes = access.Scopes()};
  if (!extra_scope_.empty()) query.scopes.push_back(extra_scope_);
  return query;
}

absl::StatusOr<Authorizer::Entry> Authorizer::Fetch(const Context& context, const Access& access,
                                                    const http::TlsSettings* tls) {
  TokenRequest request{.query = QueryFor(access), .credentials = {}, .tls = tls};
  ABSL_ASSIGN_OR_RETURN(std::optional<GrantedToken> granted,
                        deps_.credentials.FetchToken(context, host_, request.query));
  if (granted.has_value()) {
    absl::MutexLock lock(&mu_);
    origin_ = std::move(granted->origin);
    return Entry{std::move(granted->value), deps_.clock.Now() + LifetimeOf(granted->lifetime)};
  }
  ABSL_ASSIGN_OR_RETURN(request.credentials, Find(context, access.repository));
  if (!request.credentials.registry_token.empty()) {
    return Entry{std::move(request.credentials.registry_token), absl::InfiniteFuture()};
  }
  ABSL_ASSIGN_OR_RETURN(const http::Reply reply, SendTokenRequest(context, deps_.transport, request));
  if (reply.status != 200) {
    return Annotate(ReplyError(request.credentials.identity_token.empty() ? "GET" : "POST", reply, 1),
                    absl::StrCat("token for ", access.repository, " (credentials: ", Origin(), ")"));
  }
  ABSL_ASSIGN_OR_RETURN(const Token token, ParseToken(reply.body));
  if (!token.refresh_token.empty() && !request.credentials.identity_token.empty()) {
    absl::MutexLock lock(&mu_);
    refresh_[request.credentials.identity_token] = token.refresh_token;
  }
  return Entry{token.value, deps_.clock.Now() + token.lifetime};
}

absl::StatusOr<bool> Authorizer::Learn(const Context& context, const http::Reply& reply, const http::Url& at,
                                       const Access& access, absl::string_view sent) {
  const std::vector<http::Challenge> challenges = http::ParseChallenges(reply.headers.FindAll("WWW-Authenticate"));
  const http::Challenge* bearer = FindScheme(challenges, "bearer");
  if (bearer != nullptr && !Parameter(*bearer, "realm").empty()) {
    ABSL_ASSIGN_OR_RETURN(const http::Url realm, at.Resolve(Parameter(*bearer, "realm")));
    ABSL_RETURN_IF_ERROR(Annotate(http::CheckOnward(at, realm), "token server"));
    absl::MutexLock lock(&mu_);
    scheme_ = Scheme::kBearer;
    realm_ = realm.ToString();
    service_ = Parameter(*bearer, "service");
    const bool refused = absl::StartsWith(sent, "Bearer ");
    if (refused && Parameter(*bearer, "error") == "insufficient_scope") extra_scope_ = Parameter(*bearer, "scope");
    Entry& entry = tokens_[absl::StrJoin(access.Scopes(), " ")];
    if (refused && absl::StrCat("Bearer ", entry.value) == sent) {
      entry.expires = absl::InfinitePast();
      stale_ = true;
    }
    return true;
  }
  // Without a challenge that we know, user and password are all there is to offer.
  ABSL_ASSIGN_OR_RETURN(const Credentials credentials, Find(context, access.repository));
  if (credentials.empty() || absl::StartsWith(sent, "Basic ")) return false;
  absl::MutexLock lock(&mu_);
  scheme_ = Scheme::kBasic;
  return true;
}

}  // namespace waybill::oci::registry
