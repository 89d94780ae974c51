// SPDX-License-Identifier: Apache-2.0
// All that a service keeps on disk for its clients: blobs and their labels, uploads, leases, within limits.
#ifndef WAYBILL_EXPORTER_SERVICE_STORE_SERVICE_STORE_H_
#define WAYBILL_EXPORTER_SERVICE_STORE_SERVICE_STORE_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "exporter/service/store/blob_catalog.h"
#include "exporter/service/store/keeper.h"
#include "exporter/service/store/leases.h"
#include "exporter/service/store/shares.h"
#include "exporter/service/store/used_blobs.h"
#include "oci/content/store/file_store.h"
#include "oci/content/store/ingest_store.h"

namespace waybill::exporter::service::store {

// blobs/, labels/, uploads/ and leases/ below one directory. Each part is thread-safe.
struct ServiceStore {
  struct Options {
    std::string root;
    oci::content::store::FileStore::Options files = {};
    Limits limits = {};
    std::function<absl::Time()> now;
    EvictionSink on_evicted = nullptr;
  };
  explicit ServiceStore(const Options& options);

  // Once, before anything else: counts what is there.
  absl::Status Start();
  // Drops uploads that nobody has gone on with since `time` and no lease holds.
  absl::Status ExpireUploads(absl::Time time);

  oci::content::store::FileStore blobs;
  BlobCatalog catalog;
  Leases leases;
  Keeper keeper;
  UsedBlobs used_blobs;  // `blobs`, for readers
  oci::content::store::IngestStore ingests;
};

}  // namespace waybill::exporter::service::store

#endif  // WAYBILL_EXPORTER_SERVICE_STORE_SERVICE_STORE_H_
