// SPDX-License-Identifier: Apache-2.0
// The files of an OCI layout in a directory, for one who removes some of them.
#ifndef WAYBILL_OCI_PRUNE_LAYOUT_FILES_H_
#define WAYBILL_OCI_PRUNE_LAYOUT_FILES_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/digest.h"
#include "oci/file/atomic_file.h"
#include "oci/image/manifest.h"
#include "oci/layout/reader.h"

namespace waybill::oci::prune {

struct BlobFile {
  Digest digest;
  int64_t size = 0;
  absl::Time written;
};

class LayoutFiles {
 public:
  // Reads index.json. Errors: those of layout::OpenDirectory.
  static absl::StatusOr<LayoutFiles> Open(const Context& context, const std::string& root);

  const image::Index& index() const { return reader_->index(); }
  // Blobs, unverified.
  content::Fetcher& blobs() const { return *reader_; }
  // Whether docker save wrote a list of its own beside the index.
  absl::StatusOr<bool> HasDockerManifest() const;

  // The files in blobs/ whose names are digests; others are not the layout's. Errors: INVALID_ARGUMENT for directories
  // that are symbolic links, because other layouts may use what they lead to, and for more than a million blobs.
  absl::StatusOr<std::vector<BlobFile>> ListBlobs(const Context& context) const;

  // index.json without the entries at these places, on disk and without its name; the rest stays byte for byte.
  absl::StatusOr<std::unique_ptr<file::AtomicFile>> PrepareIndexWithout(const std::vector<bool>& removed) const;
  // OK when it is not there afterwards.
  absl::Status RemoveBlob(const Digest& digest) const;
  // After blobs were removed.
  absl::Status SyncBlobs() const;

 private:
  LayoutFiles(std::string root, std::string index_bytes, std::unique_ptr<layout::LayoutReader> reader)
      : root_(std::move(root)), index_bytes_(std::move(index_bytes)), reader_(std::move(reader)) {}

  std::string root_;
  std::string index_bytes_;
  std::unique_ptr<layout::LayoutReader> reader_;
};

}  // namespace waybill::oci::prune

#endif  // WAYBILL_OCI_PRUNE_LAYOUT_FILES_H_
