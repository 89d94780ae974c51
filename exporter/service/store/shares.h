// SPDX-License-Identifier: Apache-2.0
// How much of a store is used, in all and by each client, and what a limit leaves. It does no I/O.
#ifndef WAYBILL_EXPORTER_SERVICE_STORE_SHARES_H_
#define WAYBILL_EXPORTER_SERVICE_STORE_SHARES_H_

#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "exporter/service/store/eviction.h"

namespace waybill::exporter::service::store {

// Without a limit where it is 0.
struct Limits {
  int64_t quota = 0;         // bytes of all blobs and uploads
  int64_t client_bytes = 0;  // the same of one client
  int64_t client_blobs = 0;  // blobs and uploads of one client
  int64_t client_uploads = 0;
};

struct Share {
  int64_t bytes = 0;  // of blobs and uploads
  int64_t blobs = 0;
  int64_t uploads = 0;
};

// Thread-safe.
class Shares {
 public:
  explicit Shares(const Limits& limits) : limits_(limits) {}

  const Limits& limits() const { return limits_; }
  // Whether blobs have to be counted at all.
  bool limit_blobs() const { return limits_.quota > 0 || limits_.client_bytes > 0 || limits_.client_blobs > 0; }

  // Adds what is negative or fits. Otherwise RESOURCE_EXHAUSTED, naming the limit and its flag, and nothing is added.
  absl::Status Add(absl::string_view client, const Share& more);
  // What Add would say.
  absl::Status Check(absl::string_view client, const Share& more) const;
  // Adds, whatever the limits say.
  void Count(absl::string_view client, const Share& more);

  Share of(absl::string_view client) const;
  Share all() const;
  // How much has to go before `more` fits: of anybody's blobs; of the client's own.
  Room Lacking(const Share& more) const;
  Room LackingOf(absl::string_view client, const Share& more) const;

 private:
  absl::Status CheckLocked(absl::string_view client, const Share& more) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Apply(absl::string_view client, const Share& more) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Limits limits_;
  mutable absl::Mutex mutex_;
  Share all_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, Share> by_client_ ABSL_GUARDED_BY(mutex_);  // those that have something
};

}  // namespace waybill::exporter::service::store

#endif  // WAYBILL_EXPORTER_SERVICE_STORE_SHARES_H_
