// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/store/service_store.h"

#include "absl/strings/str_cat.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service::store {

ServiceStore::ServiceStore(const Options& options)
    : blobs(options.root, options.files),
      catalog(blobs),
      leases(absl::StrCat(options.root, "/leases"), options.now),
      keeper({.blobs = blobs,
              .catalog = catalog,
              .leases = leases,
              .limits = options.limits,
              .now = options.now,
              .on_evicted = options.on_evicted}),
      used_blobs(blobs, keeper),
      ingests(absl::StrCat(options.root, "/uploads"), blobs, &keeper) {}

absl::Status ServiceStore::Start() {
  ABSL_RETURN_IF_ERROR(
      ingests.Recount([this](const oci::content::store::IngestStatus& upload) { keeper.CountUpload(upload); }));
  return keeper.Start();
}

absl::Status ServiceStore::ExpireUploads(absl::Time time) {
  return ingests.Expire(time, [this](const std::string& ref) { return leases.HoldsUpload(ref); });
}

}  // namespace waybill::exporter::service::store
