// SPDX-License-Identifier: Apache-2.0
// A store whose blobs count as used when they are read.
#ifndef WAYBILL_EXPORTER_SERVICE_STORE_USED_BLOBS_H_
#define WAYBILL_EXPORTER_SERVICE_STORE_USED_BLOBS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "exporter/service/store/keeper.h"
#include "oci/content/content.h"
#include "oci/content/store/file_store.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/io/stream.h"

namespace waybill::exporter::service::store {

// Thread-safe. Both outlive it.
class UsedBlobs final : public oci::content::Fetcher {
 public:
  UsedBlobs(oci::content::store::FileStore& blobs, Keeper& keeper) : blobs_(blobs), keeper_(keeper) {}

  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context& context,
                                                         const oci::Descriptor& descriptor) override {
    keeper_.Use(descriptor.digest);
    return blobs_.Fetch(context, descriptor);
  }

 private:
  oci::content::store::FileStore& blobs_;
  Keeper& keeper_;
};

}  // namespace waybill::exporter::service::store

#endif  // WAYBILL_EXPORTER_SERVICE_STORE_USED_BLOBS_H_
