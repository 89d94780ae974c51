// SPDX-License-Identifier: Apache-2.0
// The blobs of a content store that belongs to another process: its files, opened below one directory.
#ifndef WAYBILL_EXPORTER_BRIDGE_STORE_BLOB_DIRECTORY_H_
#define WAYBILL_EXPORTER_BRIDGE_STORE_BLOB_DIRECTORY_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "oci/content/content.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/file/fd.h"

namespace waybill::exporter::bridge::store {

// Opens blobs/sha256/<hex> and nothing else, and follows no symbolic link. The other process may change anything at any
// time: whoever takes the bytes verifies them. Sources keep the directory open, and may outlive this. Thread-safe.
class BlobDirectory final : public oci::content::Fetcher {
 public:
  // `directory` has blobs/sha256. `path` is for messages.
  BlobDirectory(oci::file::Fd directory, std::string path)
      : directory_(std::make_shared<const oci::file::Fd>(std::move(directory))), path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context& context,
                                                         const oci::Descriptor& descriptor) override;
  // Some blobs that are there and have at most `max_bytes`, without reading them: at most `count`.
  std::vector<oci::Descriptor> SmallBlobs(size_t count, int64_t max_bytes) const;

 private:
  const std::shared_ptr<const oci::file::Fd> directory_;
  const std::string path_;
};

}  // namespace waybill::exporter::bridge::store

#endif  // WAYBILL_EXPORTER_BRIDGE_STORE_BLOB_DIRECTORY_H_
