// SPDX-License-Identifier: Apache-2.0
// One writer's hold on an ingest (ingest_store.h).
#ifndef WAYBILL_OCI_CONTENT_STORE_INGEST_H_
#define WAYBILL_OCI_CONTENT_STORE_INGEST_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/content/content.h"
#include "oci/content/store/ingest_files.h"
#include "oci/context.h"
#include "oci/digest.h"
#include "oci/file/fd.h"

namespace waybill::oci::content::store {

class IngestStore;

// A hash that goes on where the last writer stopped.
struct HashedBytes {
  Hasher hasher;
  int64_t size = 0;
};

// Dropping it keeps the bytes. Not thread-safe; must not outlive its store.
class Ingest {
 public:
  ~Ingest();
  Ingest(const Ingest&) = delete;
  Ingest& operator=(const Ingest&) = delete;

  // What is known without asking the disk.
  const IngestStatus& status() const { return status_; }
  // Of the bytes so far.
  Digest digest() const { return hashed_.hasher.Current(); }

  // Appends. After an error the bytes before this call are still there. Errors: those of Budget::Grow too.
  absl::Status Write(absl::string_view bytes);
  // Drops all bytes.
  absl::Status Restart();
  // Makes the bytes a durable blob and ends the ingest. kVerification when they are not what was expected: the ingest
  // goes on then, as in containerd. kConflict (ALREADY_EXISTS) when the blob is there already: the bytes are gone.
  // kStorage ends this hold; the bytes stay for the next writer, or are the blob already.
  absl::StatusOr<Descriptor> Commit(const Context& context, const Expected& expected);

 private:
  friend class IngestStore;
  Ingest(IngestStore& store, std::string path, file::Fd fd, IngestStatus status, HashedBytes hashed)
      : store_(store),
        path_(std::move(path)),
        fd_(std::move(fd)),
        status_(std::move(status)),
        hashed_(std::move(hashed)) {}

  absl::Status RequireOpen() const;
  absl::StatusOr<Digest> DigestAs(const Context& context, const Expected& expected);
  absl::Status MoveToBlobs(const Digest& digest, bool* moved);
  absl::Status Touch();

  IngestStore& store_;
  const std::string path_;
  file::Fd fd_;
  IngestStatus status_;
  HashedBytes hashed_;
  bool ended_ = false;
};

}  // namespace waybill::oci::content::store

#endif  // WAYBILL_OCI_CONTENT_STORE_INGEST_H_
