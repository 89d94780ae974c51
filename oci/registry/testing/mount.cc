// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/testing/mount.h"

#include <string>
#include <utility>

namespace waybill::oci::registry::testing {
namespace {

MountOutcome Refused(int status, absl::string_view code, absl::string_view message) {
  return {.refusal = ErrorResponse(status, code, message)};
}

MountOutcome MountFrom(const Exchange& exchange, const std::string& from, const Digest& digest, Storage& storage) {
  const Mount behavior = exchange.behavior.uploads.mount;
  if (behavior == Mount::kUnauthorized) return Refused(401, "UNAUTHORIZED", "authentication required");
  if (behavior == Mount::kForbidden) return Refused(403, "DENIED", "requested access to the resource is denied");
  if (behavior == Mount::kSessionOnly) return {};
  const bool mounted = storage.Mount(from, exchange.route.repository, digest).ok();
  if (!mounted && behavior == Mount::kUnauthorizedWhenAbsent) {
    return Refused(401, "UNAUTHORIZED", "authentication required");
  }
  return {.mounted = mounted};
}

MountOutcome MountAnonymously(const Exchange& exchange, const Digest& digest, Storage& storage,
                              const Catalog& catalog) {
  const std::string& to = exchange.route.repository;
  switch (exchange.behavior.uploads.anonymous_mount) {
    case AnonymousMount::kSessionOnly:
      return {};
    case AnonymousMount::kRefused:
      return Refused(400, "UNSUPPORTED", "mount without from");
    case AnonymousMount::kSameRepository:
      return {.mounted = storage.Open(to, digest).ok()};
    case AnonymousMount::kAnyRepository:
      break;
  }
  for (const std::string& from : catalog.Repositories()) {
    if (storage.Mount(from, to, digest).ok()) return {.mounted = true};
  }
  return {};
}

}  // namespace

MountOutcome MountBlob(const Exchange& exchange, const Digest& digest, Storage& storage, const Catalog& catalog) {
  const std::optional<std::string> from = exchange.request.Query("from");
  return from.has_value() ? MountFrom(exchange, *from, digest, storage)
                          : MountAnonymously(exchange, digest, storage, catalog);
}

}  // namespace waybill::oci::registry::testing
