// SPDX-License-Identifier: Apache-2.0
// What the content service tells of blobs beyond their bytes: sizes, times and labels. Labels are kept beside the
// blobs, in labels/<algorithm>/<hex>.json under the store's root.
#ifndef WAYBILL_EXPORTER_SERVICE_STORE_BLOB_CATALOG_H_
#define WAYBILL_EXPORTER_SERVICE_STORE_BLOB_CATALOG_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "oci/content/store/file_store.h"
#include "oci/context.h"
#include "oci/digest.h"

namespace waybill::exporter::service::store {

using Labels = std::map<std::string, std::string>;

struct BlobInfo {
  oci::Digest digest;
  int64_t size = 0;  // bytes
  absl::Time created_at;
  absl::Time updated_at;  // when the labels changed last
  absl::Time used_at;     // the time of access of its file, which the keeper sets (keeper.h)
  Labels labels;
};

// Thread-safe. One process at a time per store.
class BlobCatalog {
 public:
  explicit BlobCatalog(const oci::content::store::FileStore& blobs) : blobs_(blobs) {}

  // NOT_FOUND naming the digest, here and below.
  absl::StatusOr<BlobInfo> Info(const oci::Digest& digest) const;
  // Calls `visit` for every blob, by digest, until it fails. Blobs that come or go meanwhile may or may not be seen.
  absl::Status List(const oci::Context& context, const std::function<absl::Status(const BlobInfo&)>& visit) const;
  // Replaces the labels by what `change` makes of them; without any the blob has none.
  absl::StatusOr<BlobInfo> UpdateLabels(const oci::Digest& digest, const std::function<void(Labels&)>& change);
  absl::Status Delete(const oci::Digest& digest);

 private:
  std::string LabelsPath(const oci::Digest& digest) const;
  absl::StatusOr<Labels> ReadLabels(const oci::Digest& digest) const;

  const oci::content::store::FileStore& blobs_;
  absl::Mutex updating_;  // one reads, changes and writes labels at a time; guards files, so it is held while writing
};

}  // namespace waybill::exporter::service::store

#endif  // WAYBILL_EXPORTER_SERVICE_STORE_BLOB_CATALOG_H_
