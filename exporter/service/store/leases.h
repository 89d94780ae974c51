// SPDX-License-Identifier: Apache-2.0
// Leases as containerd has them: names under which clients hold blobs, and uploads, until they delete the lease or it
// expires. Each is a file of JSON, named by the SHA-256 of its id, and survives the process.
#ifndef WAYBILL_EXPORTER_SERVICE_STORE_LEASES_H_
#define WAYBILL_EXPORTER_SERVICE_STORE_LEASES_H_

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "exporter/service/store/blob_catalog.h"
#include "exporter/service/store/eviction.h"

namespace waybill::exporter::service::store {

// RFC 3339; a lease without it never expires. One that is no time is refused.
inline constexpr char kExpireLabel[] = "containerd.io/gc.expire";
// With a value, what the lease's blobs refer to is not held.
inline constexpr char kFlatLabel[] = "containerd.io/gc.flat";

// What a lease holds. `type` is "content", and `id` a digest, or "ingests", and `id` the reference of an upload.
struct LeasedResource {
  std::string type;
  std::string id;
  friend auto operator<=>(const LeasedResource&, const LeasedResource&) = default;
};

struct Lease {
  std::string id;
  std::string client;  // who made it
  absl::Time created_at;
  Labels labels;
  std::optional<absl::Time> expires_at;  // from the labels
};

// Thread-safe. One process at a time per directory. A lease that has expired is not there.
class Leases {
 public:
  // They are kept in memory.
  static constexpr size_t kMaxLeases = 4096;
  static constexpr size_t kMaxOfOne = 1000;         // of one client
  static constexpr size_t kMaxResources = 100'000;  // of all leases
  static constexpr size_t kMaxOfLease = 4096;
  static constexpr size_t kMaxIdBytes = 1024;  // of a lease, or of a resource
  static constexpr size_t kMaxLabelBytes = 16 << 10;

  // Reads what an earlier process left; what cannot be read is passed over. `directory` is made when it is needed.
  Leases(std::string directory, std::function<absl::Time()> now);

  // Errors: ALREADY_EXISTS; INVALID_ARGUMENT for an id that is empty or too long, labels that are too long, or an
  // expiry that is no time; RESOURCE_EXHAUSTED when this client, or all together, have too many.
  absl::StatusOr<Lease> Create(const std::string& id, const std::string& client, const Labels& labels);
  // NOT_FOUND naming the id, here and below.
  absl::Status Delete(const std::string& id);
  absl::Status Check(const std::string& id);
  // By id.
  std::vector<Lease> List();

  // Adding what is there already, and removing what is not, is OK. UNIMPLEMENTED for another type, INVALID_ARGUMENT for
  // content that is no digest, RESOURCE_EXHAUSTED when the lease, or all together, have too many.
  absl::Status Add(const std::string& id, const LeasedResource& resource);
  absl::Status Remove(const std::string& id, const LeasedResource& resource);
  absl::StatusOr<std::vector<LeasedResource>> Resources(const std::string& id);

  // The blobs of all leases.
  Held held();
  bool HoldsUpload(const std::string& ref);

 private:
  struct Entry {
    Lease lease;
    std::set<LeasedResource> resources;
  };
  using Entries = std::map<std::string, Entry>;

  std::string PathOf(absl::string_view id) const;
  void Load();
  absl::Status Save(const Entry& entry) const;
  void DropExpired() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Entries::iterator Erase(Entries::iterator entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<Entries::iterator> Find(const std::string& id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string directory_;
  const std::function<absl::Time()> now_;
  absl::Mutex mutex_;  // held while files are written: they follow the entries
  Entries entries_ ABSL_GUARDED_BY(mutex_);
  size_t resources_ ABSL_GUARDED_BY(mutex_) = 0;  // of all entries
};

}  // namespace waybill::exporter::service::store

#endif  // WAYBILL_EXPORTER_SERVICE_STORE_LEASES_H_
