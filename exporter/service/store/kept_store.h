// SPDX-License-Identifier: Apache-2.0
// A store as one export writes to it: within the limits of its client, and held for it.
#ifndef WAYBILL_EXPORTER_SERVICE_STORE_KEPT_STORE_H_
#define WAYBILL_EXPORTER_SERVICE_STORE_KEPT_STORE_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "exporter/service/store/keeper.h"
#include "exporter/service/store/leases.h"
#include "oci/content/content.h"
#include "oci/content/store/file_store.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/io/stream.h"

namespace waybill::exporter::service::store {

// Who exports, and for what.
struct Exporting {
  std::string client;
  std::string lease;  // holds what the export leaves; "" for none
};

// What was looked for or pushed is in use as long as this lives. Thread-safe.
class KeptStore final : public oci::content::Store {
 public:
  KeptStore(oci::content::store::FileStore& blobs, Keeper& keeper, Leases& leases, Exporting exporting)
      : blobs_(blobs), keeper_(keeper), leases_(leases), exporting_(std::move(exporting)), pin_(keeper) {}

  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context& context,
                                                         const oci::Descriptor& descriptor) override;
  absl::StatusOr<bool> Exists(const oci::Context& context, const oci::Descriptor& descriptor) override;
  // Errors: those of Keeper::Take too.
  absl::Status Push(const oci::Context& context, oci::content::Blob blob) override;
  // What is written takes its room at once. The store outlives the writer.
  absl::StatusOr<std::unique_ptr<oci::content::BlobWriter>> NewWriter(const oci::Context& context) override;

 private:
  class Writer;

  void Pin(const oci::Digest& digest);
  absl::Status Hold(const oci::Digest& digest);

  oci::content::store::FileStore& blobs_;
  Keeper& keeper_;
  Leases& leases_;
  const Exporting exporting_;
  absl::Mutex mutex_;
  Keeper::Pin pin_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace waybill::exporter::service::store

#endif  // WAYBILL_EXPORTER_SERVICE_STORE_KEPT_STORE_H_
