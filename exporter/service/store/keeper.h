// SPDX-License-Identifier: Apache-2.0
// Keeps a store of blobs within its limits: counts what comes, and removes what was least lately used and is not in use
// when more has to come. Everything that it needs to know after a restart is in the files: sizes, owners (owner.h),
// and the last use of each blob as the time of access of its file.
#ifndef WAYBILL_EXPORTER_SERVICE_STORE_KEEPER_H_
#define WAYBILL_EXPORTER_SERVICE_STORE_KEEPER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "exporter/service/store/blob_catalog.h"
#include "exporter/service/store/leases.h"
#include "exporter/service/store/shares.h"
#include "oci/content/store/budget.h"
#include "oci/content/store/file_store.h"
#include "oci/content/store/ingest_store.h"
#include "oci/digest.h"

namespace waybill::exporter::service::store {

// Blobs that went to make room for others.
struct Evicted {
  int64_t blobs = 0;
  int64_t bytes = 0;
};
// Learns of each look at all blobs that removed some. Thread-safe, and returns at once; may be null.
using EvictionSink = std::function<void(const Evicted&)>;

// In use are: what a pin names, what a lease holds, roots by their label, each with what it refers to by labels; and
// what was used in the last kGrace, so that a client without leases may upload, then export. Thread-safe. May block for
// as long as it takes to look at all blobs.
class Keeper final : public oci::content::store::Budget {
 public:
  static constexpr absl::Duration kGrace = absl::Minutes(15);
  // After a look at all blobs that did not find enough, writes are refused for so long without another look.
  static constexpr absl::Duration kPause = absl::Seconds(1);

  struct Deps {
    const oci::content::store::FileStore& blobs;
    BlobCatalog& catalog;
    Leases& leases;
    Limits limits;
    std::function<absl::Time()> now;
    EvictionSink on_evicted = nullptr;
  };
  explicit Keeper(const Deps& deps) : deps_(deps), shares_(deps.limits) {}

  // Counts the blobs that an earlier process left, and removes what is beyond the quota as far as it is not in use.
  // Once, after CountUpload for each upload.
  absl::Status Start();
  void CountUpload(const oci::content::store::IngestStatus& upload);

  // Blobs that are in use until this is destroyed; the keeper outlives it. Not thread-safe.
  class Pin {
   public:
    explicit Pin(Keeper& keeper) : keeper_(keeper) {}
    ~Pin();
    Pin(const Pin&) = delete;
    Pin& operator=(const Pin&) = delete;
    // Also one that is not there yet. Does no I/O.
    void Add(const oci::Digest& digest);
    // All of them were used now.
    void Use();

   private:
    Keeper& keeper_;
    std::vector<oci::Digest> digests_;
  };
  // The one that writes a blob, until this is destroyed; others wait for it. The keeper outlives it.
  class Claim {
   public:
    Claim(Keeper& keeper, const oci::Digest& digest);
    ~Claim();
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;

   private:
    Keeper& keeper_;
    const oci::Digest digest_;
  };

  // The blob, if it is there, was used now: it stays for kGrace at least.
  void Use(const oci::Digest& digest);
  // Removes a blob, whoever uses it. NOT_FOUND naming the digest.
  absl::Status Delete(const oci::Digest& digest);

  // Makes room, and takes it: for a blob that comes otherwise than as an upload. RESOURCE_EXHAUSTED naming the limit.
  absl::Status Take(absl::string_view client, const Share& more);
  void GiveBack(absl::string_view client, const Share& less);
  // Makes room for so many bytes of an upload and takes none, so that one that is too large is refused at once.
  absl::Status Prepare(absl::string_view client, int64_t bytes);

  absl::Status Begin(absl::string_view owner) override;
  absl::Status Grow(absl::string_view owner, int64_t bytes) override;
  void End(absl::string_view owner, int64_t bytes, Ended ended) override;

  Share all() const { return shares_.all(); }

 private:
  // Whose blobs may go: anybody's, when unset.
  using Whose = std::optional<std::string>;

  void MakeRoom(absl::string_view client, const Share& more);
  void Collect(const Whose& whose, Room room);
  // What is there, and what of it is held.
  absl::Status Survey(const Whose& whose, std::vector<StoredBlob>& blobs, Held& held);
  // False when it is in use after all, or is gone.
  bool Evict(const oci::Digest& digest, absl::Time unused_since, int64_t& bytes);
  absl::Status Drop(const oci::Digest& digest, int64_t* bytes);
  void Touch(const oci::Digest& digest) ABSL_EXCLUSIVE_LOCKS_REQUIRED(using_);

  const Deps deps_;
  Shares shares_;
  absl::Mutex collecting_;                                                            // one look at all blobs at a time
  absl::flat_hash_map<std::string, absl::Time> paused_ ABSL_GUARDED_BY(collecting_);  // by client, "" for all: until
  absl::Mutex using_;  // taken after `collecting_`; a blob in use does not become unused meanwhile, nor the reverse
  std::map<oci::Digest, int> pins_ ABSL_GUARDED_BY(using_);
  std::set<oci::Digest> claims_ ABSL_GUARDED_BY(using_);
};

}  // namespace waybill::exporter::service::store

#endif  // WAYBILL_EXPORTER_SERVICE_STORE_KEEPER_H_
