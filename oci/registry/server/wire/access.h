// SPDX-License-Identifier: Apache-2.0
// Who may do what: scopes of tokens (distribution's docs, "Token scope documentation") and what a request needs.
#ifndef WAYBILL_OCI_REGISTRY_SERVER_WIRE_ACCESS_H_
#define WAYBILL_OCI_REGISTRY_SERVER_WIRE_ACCESS_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "oci/http/server/http_message.h"
#include "oci/registry/server/wire/route.h"

namespace waybill::oci::registry::server::wire {

// Actions ("pull", "push", "delete") by repository.
using Access = std::map<std::string, std::set<std::string>>;

// "repository:a/b:pull,push", several separated by spaces; other kinds of scope are left out.
Access ParseScopes(const std::vector<std::string>& scopes);
// "repository:a/b:pull,push repository:c:pull"
std::string FormatScopes(const Access& access);
// Whether `held` has everything in `needed`.
bool Covers(const Access& held, const Access& needed);

// A push needs pull as well, a mount needs pull on its source.
Access NeededFor(const http::server::Request& request, const Route& route);

// Name and password of an "Authorization: Basic" header.
std::optional<std::pair<std::string, std::string>> BasicCredentials(absl::string_view header);

}  // namespace waybill::oci::registry::server::wire

#endif  // WAYBILL_OCI_REGISTRY_SERVER_WIRE_ACCESS_H_
