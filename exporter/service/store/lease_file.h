// SPDX-License-Identifier: Apache-2.0
// A lease as JSON.
#ifndef WAYBILL_EXPORTER_SERVICE_STORE_LEASE_FILE_H_
#define WAYBILL_EXPORTER_SERVICE_STORE_LEASE_FILE_H_

#include <optional>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "exporter/service/store/leases.h"

namespace waybill::exporter::service::store {

struct LeaseFile {
  Lease lease;
  std::set<LeasedResource> resources;
};

std::string ToJson(const Lease& lease, const std::set<LeasedResource>& resources);
absl::StatusOr<LeaseFile> ParseLease(absl::string_view text);

// Nothing when the labels name no time; INVALID_ARGUMENT when what they name is none.
absl::StatusOr<std::optional<absl::Time>> ExpiryOf(const Labels& labels);

}  // namespace waybill::exporter::service::store

#endif  // WAYBILL_EXPORTER_SERVICE_STORE_LEASE_FILE_H_
