// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/auth/auth_file.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry::auth {
namespace {

constexpr absl::string_view kHub = "docker.io";
constexpr absl::string_view kHubKey = "https://index.docker.io/v1/";
constexpr absl::string_view kHubNames[] = {"docker.io", "index.docker.io", "registry-1.docker.io",
                                           "registry.hub.docker.com"};

std::string Text(const json::Fields& fields, absl::string_view name) {
  const absl::string_view raw = fields.Find(name);
  if (raw.empty()) return "";
  absl::StatusOr<std::string> text = json::DecodeString(raw);
  return text.ok() ? *std::move(text) : "";
}

// "auth" is base64 of "user:password", split at the first colon; some tools pad it with NUL bytes.
absl::StatusOr<Credentials> ParseEntry(absl::string_view raw) {
  ABSL_ASSIGN_OR_RETURN(const json::Fields fields, json::Fields::Parse(raw));
  Credentials credentials{.username = Text(fields, "username"),
                          .password = Text(fields, "password"),
                          .identity_token = Text(fields, "identitytoken"),
                          .registry_token = Text(fields, "registrytoken")};
  if (const std::string auth = Text(fields, "auth"); !auth.empty()) {
    std::string pair;
    if (!absl::Base64Unescape(auth, &pair)) return InvalidInputError("\"auth\" is no base64");
    const size_t colon = pair.find(':');
    if (colon == std::string::npos) return InvalidInputError("\"auth\" holds no colon");
    credentials.username = pair.substr(0, colon);
    credentials.password = pair.substr(colon + 1);
    credentials.password.erase(credentials.password.find_last_not_of('\0') + 1);
  }
  if (credentials.username == "<token>") {
    credentials.identity_token = std::exchange(credentials.password, "");
    credentials.username.clear();
  }
  return credentials;
}

}  // namespace

std::string NormalizeAuthKey(absl::string_view key) {
  for (const absl::string_view scheme : {"https://", "http://"}) {
    if (!absl::ConsumePrefix(&key, scheme)) continue;
    // Keys with a scheme are URLs: their path names an API version, no repository.
    key = key.substr(0, key.find('/'));
  }
  while (absl::ConsumeSuffix(&key, "/")) {
  }
  if (!absl::ConsumeSuffix(&key, "/v1")) absl::ConsumeSuffix(&key, "/v2");
  const absl::string_view host = key.substr(0, key.find('/'));
  if (std::find(std::begin(kHubNames), std::end(kHubNames), host) == std::end(kHubNames)) return std::string(key);
  return absl::StrCat(kHub, key.substr(host.size()));
}

std::string HelperServer(absl::string_view host) {
  return NormalizeAuthKey(host) == kHub ? std::string(kHubKey) : std::string(host);
}

absl::StatusOr<AuthFile> AuthFile::Parse(absl::string_view text, absl::string_view origin) {
  AuthFile file;
  file.origin_ = std::string(origin);
  const absl::StatusOr<json::Fields> fields = json::Fields::Parse(text);
  // The parser's message may quote the text, and that may be a secret.
  if (!fields.ok()) return InvalidInputError(absl::StrCat(origin, ": no JSON object"));
  if (const absl::string_view auths = fields->Find("auths"); !auths.empty()) {
    const auto members = json::Members(auths);
    if (!members.ok()) return InvalidInputError(absl::StrCat(origin, ": \"auths\" is no object"));
    for (const json::Member& member : *members) {
      absl::StatusOr<Credentials> entry = ParseEntry(member.value);
      if (entry.ok() && entry->empty()) continue;
      if (!entry.ok()) entry = InvalidInputError(absl::StrCat(origin, ": bad entry for ", member.key));
      file.auths_.emplace(NormalizeAuthKey(member.key), std::move(entry));
    }
  }
  if (const absl::string_view helpers = fields->Find("credHelpers"); !helpers.empty()) {
    auto map = json::DecodeStringMap(helpers);
    if (!map.ok()) return InvalidInputError(absl::StrCat(origin, ": \"credHelpers\" is no map of strings"));
    for (auto& [host, suffix] : *map) file.helpers_.emplace(NormalizeAuthKey(host), std::move(suffix));
  }
  file.store_ = Text(*fields, "credsStore");
  return file;
}

std::optional<std::string> AuthFile::HelperFor(absl::string_view host) const {
  const auto found = helpers_.find(NormalizeAuthKey(host));
  if (found != helpers_.end() && !found->second.empty()) return found->second;
  if (!store_.empty()) return store_;
  return std::nullopt;
}

absl::StatusOr<std::optional<Credentials>> AuthFile::Find(absl::string_view host, absl::string_view repository) const {
  const std::string base = NormalizeAuthKey(host);
  for (std::string key = absl::StrCat(base, "/", repository);; key.erase(key.rfind('/'))) {
    const auto found = auths_.find(key);
    if (found != auths_.end()) {
      ABSL_RETURN_IF_ERROR(found->second.status());
      return *found->second;
    }
    if (key.size() <= base.size()) return std::nullopt;
  }
}

}  // namespace waybill::oci::registry::auth
