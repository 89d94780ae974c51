// SPDX-License-Identifier: Apache-2.0
// Blobs on their way in, found by a name that the writer chose, which survive the writer: after a lost connection or
// a restart the next writer goes on where the last one stopped. On disk an ingest is a directory named by the SHA-256
// of its reference, with "data" and "about.json".
#ifndef WAYBILL_OCI_CONTENT_STORE_INGEST_STORE_H_
#define WAYBILL_OCI_CONTENT_STORE_INGEST_STORE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "oci/content/content.h"
#include "oci/content/store/budget.h"
#include "oci/content/store/file_store.h"
#include "oci/content/store/ingest.h"
#include "oci/content/store/ingest_files.h"
#include "oci/context.h"

namespace waybill::oci::content::store {

// References longer than this are refused.
inline constexpr size_t kMaxIngestRefBytes = 4096;

// Thread-safe. One process at a time per directory.
class IngestStore {
 public:
  // `directory` is made when it is needed and must be on the file system of `blobs`, which gets the finished blobs.
  // `budget`, which outlives this, learns of all ingests and may refuse them; null: there is no limit.
  IngestStore(std::string directory, const FileStore& blobs, Budget* budget = nullptr)
      : directory_(std::move(directory)), blobs_(blobs), budget_(budget) {}

  // Tells the budget of the ingests that an earlier process left, which it cannot refuse. Once, before anything else.
  absl::Status Recount(const std::function<void(const IngestStatus&)>& count);

  // Starts an ingest or goes on with it; nobody else gets it until the returned object has gone. Bytes that are there
  // from an earlier run of the program are hashed again, which is why this takes a context.
  // Errors: UNAVAILABLE while somebody has it; INVALID_ARGUMENT for an empty or overlong reference, or when `expected`
  // has another size than the first writer gave; those of Budget::Begin, with `owner`, for one that starts.
  absl::StatusOr<std::unique_ptr<Ingest>> Open(const Context& context, const std::string& ref, const Expected& expected,
                                               const std::string& owner = "");
  // NOT_FOUND naming the reference.
  absl::StatusOr<IngestStatus> Status(const std::string& ref) const;
  // In no particular order.
  absl::StatusOr<std::vector<IngestStatus>> List() const;
  // Drops the ingest, even when somebody has it: that one's Write and Commit fail. NOT_FOUND naming the reference.
  absl::Status Abort(const std::string& ref);
  // Drops what was last written before `time` and nobody has, unless `keep`, which may be null, says otherwise; and
  // what a process that ended in the middle left.
  absl::Status Expire(absl::Time time, const std::function<bool(const std::string& ref)>& keep = nullptr);

 private:
  friend class Ingest;
  // What the budget knows of an ingest.
  struct Counted {
    std::string owner;
    int64_t bytes = 0;
  };

  std::string PathOf(absl::string_view ref) const;
  absl::StatusOr<std::vector<std::string>> Paths() const;
  absl::StatusOr<IngestStatus> StartOrFind(const std::string& path, const std::string& ref, const Expected& expected,
                                           const std::string& owner);
  absl::Status CountNew(const std::string& path, const std::string& owner);
  // NOT_FOUND when the ingest was dropped meanwhile, and then nothing is counted.
  absl::Status Grow(const std::string& path, const IngestStatus& status, int64_t bytes);
  void CountEnd(const std::string& path, Budget::Ended ended);
  absl::StatusOr<HashedBytes> HashOf(const Context& context, const std::string& path, const IngestStatus& status,
                                     const Expected& expected);
  bool Lock(const std::string& path);
  void Unlock(const std::string& path, std::optional<HashedBytes> hashed);

  const std::string directory_;
  const FileStore& blobs_;
  Budget* const budget_;
  mutable absl::Mutex mutex_;
  // Ingests that somebody has, and the hashes of those that nobody has. By path.
  std::map<std::string, std::optional<HashedBytes>> known_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Counted> counted_ ABSL_GUARDED_BY(mutex_);  // by path; none without a budget
};

}  // namespace waybill::oci::content::store

#endif  // WAYBILL_OCI_CONTENT_STORE_INGEST_STORE_H_
