// SPDX-License-Identifier: Apache-2.0
// Blobs as files: blobs/<algorithm>/<hex> under a root directory, as in an OCI layout (image-spec, image-layout.md).
#ifndef WAYBILL_OCI_CONTENT_STORE_FILE_STORE_H_
#define WAYBILL_OCI_CONTENT_STORE_FILE_STORE_H_

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "oci/content/content.h"
#include "oci/file/atomic_file.h"

namespace waybill::oci::content::store {

// Thread-safe, and safe beside other processes on the same root: a blob appears by rename, in full. Blobs are
// read-only files (mode 0444 less the umask). Paths are made from digests alone; symbolic links in a blob's place are
// refused. What is being written lives in ingest/, which is there only while it is needed.
class FileStore : public Store {
 public:
  struct Options {
    // fsync each blob and all names on the way to it before Push or Commit returns. Without it (staging), a power cut
    // may lose blobs or truncate them.
    bool sync = true;
  };
  // Needs no existing directory; it is made with the first blob.
  FileStore(std::string root, const Options& options) : root_(std::move(root)), options_(options) {}
  ~FileStore() override;

  absl::StatusOr<std::unique_ptr<io::Source>> Fetch(const Context& context, const Descriptor& descriptor) override;
  // A file of another size than the descriptor's (when it has one) does not count; Push replaces it.
  absl::StatusOr<bool> Exists(const Context& context, const Descriptor& descriptor) override;
  absl::Status Push(const Context& context, Blob blob) override;
  absl::StatusOr<std::unique_ptr<BlobWriter>> NewWriter(const Context& context) override;

  const std::string& root() const { return root_; }
  // Where the blob is, or would be.
  std::string PathOf(const Digest& digest) const;

 private:
  class Writer;

  std::string IngestDirectory() const;
  absl::StatusOr<std::unique_ptr<file::AtomicFile>> NewFile();
  // Makes the verified file visible as the blob.
  absl::Status Keep(file::AtomicFile& file, const Digest& digest) const;
  absl::Status MakeBlobDirectory(const std::string& directory) const;

  const std::string root_;
  const Options options_;
  std::atomic<bool> ingest_made_ = false;
  mutable absl::Mutex mutex_;
  mutable std::set<std::string> durable_ ABSL_GUARDED_BY(mutex_);  // directories whose names are
};

}  // namespace waybill::oci::content::store

#endif  // WAYBILL_OCI_CONTENT_STORE_FILE_STORE_H_
