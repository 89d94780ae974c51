// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/authority.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace waybill::oci::registry::server {
namespace {

constexpr int64_t kMaxForm = 64 << 10;
constexpr absl::string_view kBearer = "Bearer ";

std::string First(const http::server::Pairs& form, absl::string_view name) {
  for (const auto& [key, value] : form) {
    if (key == name) return value;
  }
  return "";
}

std::vector<std::string> AllOf(const http::server::Pairs& form, absl::string_view name) {
  std::vector<std::string> values;
  for (const auto& [key, value] : form) {
    if (key == name) values.push_back(value);
  }
  return values;
}

bool IsUser(const behavior::AuthBehavior& behavior, const std::pair<std::string, std::string>& credentials) {
  return credentials.first == behavior.user && credentials.second == behavior.password;
}

std::string Challenge(const endpoints::Exchange& exchange, const wire::Access& needed, absl::string_view error) {
  const behavior::AuthBehavior& behavior = exchange.behavior.auth;
  if (behavior.scheme == behavior::AuthScheme::kBasic) return "Basic realm=\"fake registry\"";
  const std::string origin = behavior.relative_realm ? "" : absl::StrCat("http://", exchange.request.Header("host"));
  std::string challenge = absl::StrCat("Bearer realm=\"", origin, "/token\",service=\"fake-registry\"");
  if (!needed.empty()) absl::StrAppend(&challenge, ",scope=\"", wire::FormatScopes(needed), "\"");
  if (!error.empty()) absl::StrAppend(&challenge, ",error=\"", error, "\"");
  return challenge;
}

http::server::Response Unauthorized(const endpoints::Exchange& exchange, const wire::Access& needed,
                                    absl::string_view error) {
  http::server::Response response = endpoints::ErrorResponse(401, "UNAUTHORIZED", "authentication required");
  std::vector<std::string> challenges = exchange.behavior.auth.other_challenges;
  challenges.push_back(Challenge(exchange, needed, error));
  if (exchange.behavior.auth.one_header) challenges = {absl::StrJoin(challenges, ", ")};
  for (const std::string& challenge : challenges) response.Set("WWW-Authenticate", challenge);
  return response;
}

// ECR's words.
http::server::Response Expired(const behavior::AuthBehavior& behavior) {
  return endpoints::ErrorResponse(behavior.wrong_password_status, "DENIED",
                                  "Your authorization token has expired. Reauthenticate and try again.");
}

bool OnlyPulls(const wire::Access& access) {
  for (const auto& [repository, actions] : access) {
    if (actions != std::set<std::string>{"pull"}) return false;
  }
  return true;
}

wire::Access PullsOf(wire::Access access) {
  for (auto& [repository, actions] : access) {
    std::erase_if(actions, [](const std::string& action) { return action != "pull"; });
  }
  return access;
}

}  // namespace

std::optional<http::server::Response> Authority::Refuse(const endpoints::Exchange& exchange) const {
  const behavior::AuthBehavior& behavior = exchange.behavior.auth;
  if (behavior.scheme == behavior::AuthScheme::kNone || exchange.route.endpoint == wire::Endpoint::kToken)
    return std::nullopt;
  const wire::Access needed = wire::NeededFor(exchange.request, exchange.route);
  const absl::string_view header = exchange.request.Header("authorization");
  if (behavior.scheme == behavior::AuthScheme::kBasic) {
    const auto credentials = wire::BasicCredentials(header);
    if (credentials.has_value() && IsUser(behavior, *credentials)) return std::nullopt;
    if (credentials.has_value() && behavior.wrong_password_status != 401) return Expired(behavior);
    if (header.empty() && behavior.anonymous_pull && !needed.empty() && OnlyPulls(needed)) return std::nullopt;
    return Unauthorized(exchange, needed, "");
  }
  if (const auto problem = BearerProblem(exchange, needed)) return Unauthorized(exchange, needed, *problem);
  return std::nullopt;
}

std::optional<absl::string_view> Authority::BearerProblem(const endpoints::Exchange& exchange,
                                                          const wire::Access& needed) const {
  const absl::string_view header = exchange.request.Header("authorization");
  if (!absl::StartsWithIgnoreCase(header, kBearer)) return absl::string_view();
  absl::MutexLock lock(&mutex_);
  const auto token = tokens_.find(std::string(header.substr(kBearer.size())));
  if (token == tokens_.end() || token->second.expires <= exchange.now) return "invalid_token";
  if (exchange.behavior.auth.strict_scope && !wire::Covers(token->second.access, needed)) return "insufficient_scope";
  return std::nullopt;
}

http::server::Response Authority::ServeToken(const endpoints::Exchange& exchange) {
  const behavior::AuthBehavior& behavior = exchange.behavior.auth;
  if (behavior.scheme != behavior::AuthScheme::kBearer)
    return endpoints::ErrorResponse(404, "UNSUPPORTED", "no token endpoint");
  if (exchange.request.method == "POST") return Post(exchange);
  if (exchange.request.method != "GET") return endpoints::UnsupportedResponse();
  const auto credentials = wire::BasicCredentials(exchange.request.Header("authorization"));
  if (credentials.has_value() && !IsUser(behavior, *credentials)) {
    if (behavior.wrong_password_status != 401) return Expired(behavior);
    return endpoints::ErrorResponse(401, "UNAUTHORIZED", "incorrect username or password");
  }
  return Grant(exchange, exchange.request.query, credentials.has_value());
}

http::server::Response Authority::Post(const endpoints::Exchange& exchange) {
  const behavior::AuthBehavior& behavior = exchange.behavior.auth;
  if (!behavior.post) return endpoints::HtmlResponse(404);
  const absl::StatusOr<std::string> body = io::ReadAll(exchange.context, exchange.body, kMaxForm);
  if (!body.ok()) return endpoints::FailureResponse(body.status(), "UNKNOWN");
  const http::server::Pairs form = http::server::ParseForm(*body);
  if (First(form, "service").empty() || First(form, "client_id").empty()) {
    return endpoints::ErrorResponse(400, "UNSUPPORTED", "service and client_id are required");
  }
  const std::string grant = First(form, "grant_type");
  bool authenticated = false;
  if (grant == "password") {
    authenticated = IsUser(behavior, {First(form, "username"), First(form, "password")});
  } else if (grant == "refresh_token") {
    authenticated = Redeem(behavior, First(form, "refresh_token"));
  } else {
    return endpoints::ErrorResponse(400, "UNSUPPORTED", "unknown grant_type");
  }
  if (!authenticated) return endpoints::ErrorResponse(401, "UNAUTHORIZED", "incorrect credentials");
  return Grant(exchange, form, true);
}

bool Authority::Redeem(const behavior::AuthBehavior& behavior, const std::string& refresh_token) {
  absl::MutexLock lock(&mutex_);
  if (refresh_token.empty() || spent_.contains(refresh_token)) return false;
  const bool known = refresh_token == behavior.identity_token || refresh_tokens_.contains(refresh_token);
  if (known && behavior.rotate_refresh_tokens) spent_.insert(refresh_token);
  return known;
}

std::string Authority::NewRefreshToken() {
  std::string token = absl::StrFormat("fake-refresh-token-%06d", ++last_);
  refresh_tokens_.insert(token);
  return token;
}

http::server::Response Authority::Grant(const endpoints::Exchange& exchange, const http::server::Pairs& form,
                                        bool authenticated) {
  const behavior::AuthBehavior& behavior = exchange.behavior.auth;
  wire::Access access = wire::ParseScopes(AllOf(form, "scope"));
  if (!authenticated) {
    const bool less = !behavior.anonymous_pull || !OnlyPulls(access);
    if (less && behavior.refuse_instead_of_less) {
      return endpoints::ErrorResponse(403, "DENIED", "requested access to the resource is denied");
    }
    access = behavior.anonymous_pull ? PullsOf(std::move(access)) : wire::Access();
  }
  absl::MutexLock lock(&mutex_);
  std::erase_if(tokens_, [&](const auto& old) { return old.second.expires <= exchange.now; });
  const std::string token = absl::StrFormat("fake-token-%06d", ++last_);
  tokens_[token] = {.access = std::move(access), .expires = exchange.now + behavior.lifetime};
  const bool post = exchange.request.method == "POST";
  nlohmann::json body = {{post || behavior.access_token_only ? "access_token" : "token", token}};
  if (behavior.tell_lifetime) body["expires_in"] = absl::ToInt64Seconds(behavior.lifetime);
  body["issued_at"] = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", exchange.now, absl::UTCTimeZone());
  const bool offline = First(form, "offline_token") == "true" || First(form, "access_type") == "offline";
  if (authenticated && (offline || (post && behavior.rotate_refresh_tokens))) {
    body["refresh_token"] = NewRefreshToken();
  }
  http::server::Response response;
  response.Set("Content-Type", "application/json");
  response.body = body.dump();
  return response;
}

}  // namespace waybill::oci::registry::server
