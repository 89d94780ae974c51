// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/wire/access.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace waybill::oci::registry::server::wire {

Access ParseScopes(const std::vector<std::string>& scopes) {
  Access access;
  for (const std::string& scope : scopes) {
    for (const absl::string_view part : absl::StrSplit(scope, ' ', absl::SkipEmpty())) {
      const std::vector<absl::string_view> fields = absl::StrSplit(part, ':');
      if (fields.size() != 3 || fields[0] != "repository") continue;
      for (const absl::string_view action : absl::StrSplit(fields[2], ',', absl::SkipEmpty())) {
        access[std::string(fields[1])].emplace(action);
      }
    }
  }
  return access;
}

std::string FormatScopes(const Access& access) {
  return absl::StrJoin(access, " ", [](std::string* out, const auto& entry) {
    absl::StrAppend(out, "repository:", entry.first, ":", absl::StrJoin(entry.second, ","));
  });
}

bool Covers(const Access& held, const Access& needed) {
  return absl::c_all_of(needed, [&](const auto& entry) {
    const auto found = held.find(entry.first);
    return found != held.end() &&
           std::includes(found->second.begin(), found->second.end(), entry.second.begin(), entry.second.end());
  });
}

Access NeededFor(const http::server::Request& request, const Route& route) {
  Access needed;
  if (route.repository.empty()) return needed;
  std::set<std::string>& actions = needed[route.repository];
  const bool upload = route.endpoint == Endpoint::kUploads || route.endpoint == Endpoint::kUpload;
  if (request.method == "DELETE" && !upload) {
    actions.insert("delete");
  } else if (upload || request.method == "PUT") {
    actions.insert({"pull", "push"});
  } else {
    actions.insert("pull");
  }
  if (const auto from = request.Query("from"); from.has_value() && request.Query("mount").has_value()) {
    needed[*from].insert("pull");
  }
  return needed;
}

std::optional<std::pair<std::string, std::string>> BasicCredentials(absl::string_view header) {
  constexpr absl::string_view kScheme = "Basic ";
  std::string decoded;
  if (!absl::StartsWithIgnoreCase(header, kScheme) || !absl::Base64Unescape(header.substr(kScheme.size()), &decoded)) {
    return std::nullopt;
  }
  const std::pair<std::string, std::string> parts = absl::StrSplit(decoded, absl::MaxSplits(':', 1));
  return parts;
}

}  // namespace waybill::oci::registry::server::wire
