// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/auth/authorizer.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/http/redact.h"
#include "oci/registry/auth/token.h"
#include "oci/registry/reply/reply_class.h"
#include "oci/registry/reply/reply_error.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry::auth {
namespace {

constexpr absl::Duration kRenewBefore = absl::Seconds(30);
// Helpers ask keychains and clouds, and a 403 may mean many things.
constexpr absl::Duration kRenewEvery = absl::Minutes(1);
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

// Whether `scopes` ("repository:app:pull,push") hold each action of `wanted`, which are separated by spaces.
bool Covers(const std::vector<std::string>& scopes, absl::string_view wanted) {
  for (const absl::string_view scope : absl::StrSplit(wanted, ' ', absl::SkipEmpty())) {
    const absl::string_view resource = scope.substr(0, scope.rfind(':') + 1);
    for (const absl::string_view action : absl::StrSplit(scope.substr(resource.size()), ',')) {
      const bool held = std::any_of(scopes.begin(), scopes.end(), [resource, action](absl::string_view one) {
        if (!absl::ConsumePrefix(&one, resource)) return false;
        const std::vector<absl::string_view> actions = absl::StrSplit(one, ',');
        return std::find(actions.begin(), actions.end(), action) != actions.end();
      });
      if (!held) return false;
    }
  }
  return true;
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

std::string Authorizer::LoginHint() const {
  absl::MutexLock lock(&mu_);
  if (!found_none_) return "";
  // Docker Hub is where docker logs in by itself.
  return absl::StrCat("; docker login", host_ == "docker.io" ? "" : " ", host_ == "docker.io" ? "" : host_,
                      " gives some");
}

bool Authorizer::Knows() const {
  absl::MutexLock lock(&mu_);
  return scheme_ != Scheme::kUnknown;
}

bool Authorizer::HasCredentials(const Context& context, const Access& access) {
  const absl::StatusOr<Credentials> found = Find(context, access.repository, /*fresh=*/false);
  return found.ok() && !found->empty();
}

absl::StatusOr<Credentials> Authorizer::Find(const Context& context, const std::string& repository, bool fresh) {
  ABSL_ASSIGN_OR_RETURN(FoundCredentials found, deps_.credentials.Find(context, host_, repository, fresh));
  absl::MutexLock lock(&mu_);
  origin_ = found.origin;
  found_none_ = found.credentials.empty();
  const auto renewed = refresh_.find(found.credentials.identity_token);
  if (renewed != refresh_.end()) found.credentials.identity_token = renewed->second;
  secrets_.AddPassword(found.credentials.username, found.credentials.password);
  secrets_.Add(found.credentials.identity_token);
  secrets_.Add(found.credentials.registry_token);
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
  ABSL_ASSIGN_OR_RETURN(const Credentials credentials, Find(context, access.repository, /*fresh=*/false));
  return credentials.empty() ? "" : BasicAuthorization(credentials);
}

absl::StatusOr<std::string> Authorizer::Bearer(const Context& context, const Access& access,
                                               const http::TlsSettings* tls) {
  const std::string key = absl::StrJoin(access.Scopes(), " ");
  ABSL_ASSIGN_OR_RETURN(const std::optional<std::string> token, Await(context, key));
  if (token.has_value()) return absl::StrCat("Bearer ", *token);
  absl::StatusOr<Entry> fetched = Fetch(context, access, tls);
  absl::MutexLock lock(&mu_);
  Entry& entry = tokens_[key];
  if (fetched.ok()) {
    entry = *std::move(fetched);
    return absl::StrCat("Bearer ", entry.value);
  }
  entry.fetching = false;
  // What ended this caller alone is no answer for the others.
  if (context.Check().ok()) entry.failure = fetched.status();
  return fetched.status();
}

absl::StatusOr<std::optional<std::string>> Authorizer::Await(const Context& context, const std::string& key) {
  bool waited = false;
  while (true) {
    ABSL_RETURN_IF_ERROR(context.Check());
    absl::MutexLock lock(&mu_);
    Entry& entry = tokens_[key];
    if (!entry.fetching) {
      if (entry.expires - deps_.clock.Now() > kRenewBefore) return entry.value;
      if (waited && !entry.failure.ok()) return entry.failure;
      entry.fetching = true;
      entry.failure = absl::OkStatus();
      return std::nullopt;
    }
    waited = true;
    const auto idle = [&entry] { return !entry.fetching; };
    mu_.AwaitWithTimeout(absl::Condition(&idle), kCheck);
  }
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
  bool fresh;
  {
    absl::MutexLock lock(&mu_);
    fresh = std::exchange(stale_, false);
    if (granted.has_value()) {
      origin_ = std::move(granted->origin);
      found_none_ = false;
      secrets_.Add(granted->value);
      return Entry{std::move(granted->value), deps_.clock.Now() + LifetimeOf(granted->lifetime)};
    }
  }
  ABSL_ASSIGN_OR_RETURN(request.credentials, Find(context, access.repository, fresh));
  Fetched first = FetchWith(context, access, request);
  if (fresh || !first.refused) return std::move(first.entry);
  // Secrets that helpers give end after hours, and files change.
  ABSL_ASSIGN_OR_RETURN(Credentials newer, Find(context, access.repository, /*fresh=*/true));
  if (newer == request.credentials) return std::move(first.entry);
  request.credentials = std::move(newer);
  return FetchWith(context, access, request).entry;
}

Authorizer::Fetched Authorizer::FetchWith(const Context& context, const Access& access, const TokenRequest& request) {
  const Credentials& credentials = request.credentials;
  if (!credentials.registry_token.empty()) {
    return {.entry = Entry{credentials.registry_token, absl::InfiniteFuture()}};
  }
  const absl::StatusOr<http::Reply> reply = SendTokenRequest(context, deps_.transport, request);
  if (!reply.ok()) return {.entry = reply.status(), .refused = ReasonOf(reply.status()) == Reason::kAuth};
  if (reply->status == 200) {
    absl::StatusOr<Entry> entry = Accept(credentials, *reply);
    const bool refused = ReasonOf(entry.status()) == Reason::kAuth;
    return {.entry = std::move(entry), .refused = refused};
  }
  const absl::Status error =
      Annotate(reply::ReplyError(credentials.identity_token.empty() ? "GET" : "POST", *reply, 1),
               absl::StrCat("token for ", access.repository, " (credentials: ", Origin(),
                            reply->status == 401 || reply->status == 403 ? LoginHint() : "", ")"));
  // Some token servers answer 400 to a refresh token that has ended.
  const bool refused = ReasonOf(error) == Reason::kAuth || reply->status == 400;
  if (reply::ClassifyReply(*reply, /*upload=*/false) != reply::ReplyClass::kRate) {
    return {.entry = error, .refused = refused};
  }
  return {.entry = reply::RateLimited(error, reply::AskedWait(*reply, deps_.clock.Now()))};
}

absl::StatusOr<Authorizer::Entry> Authorizer::Accept(const Credentials& credentials, const http::Reply& reply) {
  const absl::StatusOr<Token> parsed = ParseToken(reply.body);
  if (!parsed.ok()) return Annotate(parsed.status(), http::RedactUrl(reply.url));
  const Token& token = *parsed;
  secrets_.Add(token.value);
  secrets_.Add(token.refresh_token);
  if (!token.refresh_token.empty() && !credentials.identity_token.empty()) {
    absl::MutexLock lock(&mu_);
    refresh_[credentials.identity_token] = token.refresh_token;
  }
  return Entry{token.value, deps_.clock.Now() + token.lifetime};
}

absl::StatusOr<bool> Authorizer::Learn(const Context& context, const http::Reply& reply, const http::Url& at,
                                       const Access& access, absl::string_view sent) {
  const std::vector<http::Challenge> challenges = http::ParseChallenges(reply.headers.FindAll("WWW-Authenticate"));
  const http::Challenge* bearer = FindScheme(challenges, "bearer");
  // Without a challenge that we know, user and password are all there is to offer.
  if (bearer == nullptr || Parameter(*bearer, "realm").empty()) return LearnBasic(context, access, sent);
  const absl::StatusOr<http::Url> given = at.Resolve(Parameter(*bearer, "realm"));
  if (!given.ok()) {
    return MakeError(Reason::kRefused,
                     absl::StrCat(at.authority(), " names no token server: ", given.status().message()));
  }
  const http::Url& realm = *given;
  ABSL_RETURN_IF_ERROR(Annotate(http::CheckOnward(at, realm), "token server"));
  absl::MutexLock lock(&mu_);
  scheme_ = Scheme::kBearer;
  realm_ = realm.ToString();
  service_ = Parameter(*bearer, "service");
  if (!absl::StartsWith(sent, "Bearer ")) return true;
  const std::vector<std::string> scopes = access.Scopes();
  Entry& entry = tokens_[absl::StrJoin(scopes, " ")];
  const bool newest = absl::StrCat("Bearer ", entry.value) == sent;
  const std::string wanted = Parameter(*bearer, "scope");
  if (newest && !access.more_scopes.empty() && entry.expires > deps_.clock.Now() && Covers(scopes, wanted))
    return false;
  if (Parameter(*bearer, "error") == "insufficient_scope") extra_scope_ = wanted;
  if (newest) {
    entry.expires = absl::InfinitePast();
    stale_ = true;
  }
  return true;
}

absl::StatusOr<bool> Authorizer::LearnBasic(const Context& context, const Access& access, absl::string_view sent) {
  absl::MutexLock one(&renewing_);
  // Another request may have asked anew already.
  for (const bool fresh : {false, true}) {
    ABSL_ASSIGN_OR_RETURN(const Credentials credentials, Find(context, access.repository, fresh));
    if (credentials.empty() || BasicAuthorization(credentials) == sent) continue;
    absl::MutexLock lock(&mu_);
    scheme_ = Scheme::kBasic;
    return true;
  }
  return false;
}

bool Authorizer::MayRenew(absl::string_view sent) {
  const std::string key = Digest::Of(sent).ToString();
  const absl::Time now = deps_.clock.Now();
  absl::MutexLock lock(&mu_);
  std::erase_if(renewed_, [now](const auto& asked) { return now - asked.second > kRenewEvery; });
  return renewed_.emplace(key, now).second;
}

absl::StatusOr<bool> Authorizer::Renew(const Context& context, const Access& access, absl::string_view sent) {
  absl::MutexLock one(&renewing_);
  if (absl::StartsWith(sent, "Bearer ")) return RenewToken(context, access, sent);
  for (const bool fresh : {false, true}) {
    if (fresh && !MayRenew(sent)) return false;
    ABSL_ASSIGN_OR_RETURN(const Credentials credentials, Find(context, access.repository, fresh));
    if (!credentials.empty() && BasicAuthorization(credentials) != sent) return true;
  }
  return false;
}

absl::StatusOr<bool> Authorizer::RenewToken(const Context& context, const Access& access, absl::string_view sent) {
  const std::string key = absl::StrJoin(access.Scopes(), " ");
  {
    absl::MutexLock lock(&mu_);
    if (absl::StrCat("Bearer ", tokens_[key].value) != sent) return true;
  }
  if (!MayRenew(sent)) return false;
  ABSL_ASSIGN_OR_RETURN(const Credentials known, Find(context, access.repository, /*fresh=*/false));
  ABSL_ASSIGN_OR_RETURN(const Credentials newer, Find(context, access.repository, /*fresh=*/true));
  if (newer.empty() || newer == known) return false;
  absl::MutexLock lock(&mu_);
  tokens_[key].expires = absl::InfinitePast();
  return true;
}

}  // namespace waybill::oci::registry::auth
