// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/auth/token.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "oci/error.h"
#include "oci/http/curl/redirect.h"
#include "oci/http/url.h"
#include "oci/io/string.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry::auth {
namespace {

constexpr absl::string_view kClientId = "waybill";
constexpr int64_t kMaxTokenReply = 1 << 20;
constexpr absl::Duration kShortestLife = absl::Seconds(60);
constexpr absl::Duration kLongestLife = absl::Hours(24);

std::string Form(const std::vector<std::pair<std::string, std::string>>& fields) {
  return absl::StrJoin(fields, "&", [](std::string* out, const auto& field) {
    absl::StrAppend(out, field.first, "=", http::PercentEncode(field.second));
  });
}

absl::StatusOr<http::Reply> Exchange(const Context& context, http::Transport& transport, http::Request request) {
  ABSL_ASSIGN_OR_RETURN(http::Response response, http::curl::SendFollowing(context, transport, std::move(request)));
  return http::ReadReply(context, std::move(response), kMaxTokenReply);
}

std::string Text(const json::Fields& fields, absl::string_view name) {
  const absl::string_view raw = fields.Find(name);
  if (raw.empty()) return "";
  absl::StatusOr<std::string> text = json::DecodeString(raw);
  return text.ok() ? *std::move(text) : "";
}

}  // namespace

std::string BasicAuthorization(const Credentials& credentials) {
  return absl::StrCat("Basic ", absl::Base64Escape(absl::StrCat(credentials.username, ":", credentials.password)));
}

absl::StatusOr<http::Reply> SendTokenRequest(const Context& context, http::Transport& transport,
                                             const TokenRequest& request) {
  const Credentials& credentials = request.credentials;
  if (!credentials.identity_token.empty()) {
    const io::StringSource body(Form({{"grant_type", "refresh_token"},
                                      {"service", request.query.service},
                                      {"client_id", std::string(kClientId)},
                                      {"scope", absl::StrJoin(request.query.scopes, " ")},
                                      {"refresh_token", credentials.identity_token}}));
    return Exchange(context, transport,
                    {.method = "POST",
                     .url = request.query.realm,
                     .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                     .tls = request.tls,
                     .body = &body,
                     .secret_body = true});
  }
  std::vector<std::pair<std::string, std::string>> fields;
  if (!request.query.service.empty()) fields.emplace_back("service", request.query.service);
  for (const std::string& scope : request.query.scopes) fields.emplace_back("scope", scope);
  if (!credentials.username.empty()) fields.emplace_back("account", credentials.username);
  fields.emplace_back("client_id", kClientId);
  const absl::string_view mark = absl::StrContains(request.query.realm, '?') ? "&" : "?";
  http::Request get{.url = absl::StrCat(request.query.realm, mark, Form(fields)), .tls = request.tls};
  if (!credentials.empty()) get.headers.Add("Authorization", BasicAuthorization(credentials));
  return Exchange(context, transport, std::move(get));
}

absl::StatusOr<Token> ParseToken(absl::string_view body) {
  const absl::StatusOr<json::Fields> fields = json::Fields::Parse(body);
  if (!fields.ok()) return MakeError(Reason::kAuth, "the token server's reply is no JSON object");
  Token token{
      .value = Text(*fields, "token"), .lifetime = kShortestLife, .refresh_token = Text(*fields, "refresh_token")};
  if (token.value.empty()) token.value = Text(*fields, "access_token");
  if (token.value.empty()) return MakeError(Reason::kAuth, "the token server's reply holds no token");
  if (const absl::string_view raw = fields->Find("expires_in"); !raw.empty()) {
    const absl::StatusOr<int64_t> seconds = json::DecodeInt(raw);
    if (seconds.ok()) token.lifetime = LifetimeOf(absl::Seconds(*seconds));
  }
  return token;
}

absl::Duration LifetimeOf(absl::Duration said) { return std::clamp(said, kShortestLife, kLongestLife); }

}  // namespace waybill::oci::registry::auth
