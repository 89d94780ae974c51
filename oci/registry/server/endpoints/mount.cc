// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/endpoints/mount.h"

#include <string>
#include <utility>

namespace waybill::oci::registry::server::endpoints {
namespace {

MountOutcome Refused(int status, absl::string_view code, absl::string_view message) {
  return {.refusal = ErrorResponse(status, code, message)};
}

MountOutcome MountFrom(const Exchange& exchange, const std::string& from, const Digest& digest,
                       store::Storage& storage) {
  const behavior::Mount behavior = exchange.behavior.uploads.mount;
  if (behavior == behavior::Mount::kUnauthorized) return Refused(401, "UNAUTHORIZED", "authentication required");
  if (behavior == behavior::Mount::kForbidden)
    return Refused(403, "DENIED", "requested access to the resource is denied");
  if (behavior == behavior::Mount::kSessionOnly) return {};
  const bool mounted = storage.Mount(from, exchange.route.repository, digest).ok();
  if (!mounted && behavior == behavior::Mount::kUnauthorizedWhenAbsent) {
    return Refused(401, "UNAUTHORIZED", "authentication required");
  }
  return {.mounted = mounted};
}

MountOutcome MountAnonymously(const Exchange& exchange, const Digest& digest, store::Storage& storage,
                              const store::Catalog& catalog) {
  const std::string& to = exchange.route.repository;
  switch (exchange.behavior.uploads.anonymous_mount) {
    case behavior::AnonymousMount::kSessionOnly:
      return {};
    case behavior::AnonymousMount::kRefused:
      return Refused(400, "UNSUPPORTED", "mount without from");
    case behavior::AnonymousMount::kSameRepository:
      return {.mounted = storage.Open(to, digest).ok()};
    case behavior::AnonymousMount::kAnyRepository:
      break;
  }
  for (const std::string& from : catalog.Repositories()) {
    if (storage.Mount(from, to, digest).ok()) return {.mounted = true};
  }
  return {};
}

}  // namespace

MountOutcome MountBlob(const Exchange& exchange, const Digest& digest, store::Storage& storage,
                       const store::Catalog& catalog) {
  const std::optional<std::string> from = exchange.request.Query("from");
  return from.has_value() ? MountFrom(exchange, *from, digest, storage)
                          : MountAnonymously(exchange, digest, storage, catalog);
}

}  // namespace waybill::oci::registry::server::endpoints
