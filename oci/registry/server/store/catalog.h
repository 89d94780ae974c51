// SPDX-License-Identifier: Apache-2.0
// What a registry knows about its manifests: by repository, their tags and who refers to whom. No bytes, no rules.
#ifndef WAYBILL_OCI_REGISTRY_SERVER_STORE_CATALOG_H_
#define WAYBILL_OCI_REGISTRY_SERVER_STORE_CATALOG_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "oci/digest.h"

namespace waybill::oci::registry::server::store {

struct ManifestEntry {
  Digest digest;
  std::string media_type;
  int64_t size = 0;
  std::optional<Digest> subject;
  std::string artifact_type;  // as a listing of referrers tells it
  std::map<std::string, std::string> annotations;
  absl::Time listed_from;  // when listings of referrers begin to show it
};

// Safe to use from several threads at once.
class Catalog {
 public:
  void Put(absl::string_view repository, const ManifestEntry& entry);
  void Tag(absl::string_view repository, absl::string_view tag, const Digest& digest);
  void AddRepository(absl::string_view repository);

  std::optional<ManifestEntry> Find(absl::string_view repository, const Digest& digest) const;
  std::optional<Digest> Tagged(absl::string_view repository, absl::string_view tag) const;
  bool HasRepository(absl::string_view repository) const;
  // Sorted by name.
  std::vector<std::string> Repositories() const;
  std::vector<std::pair<std::string, Digest>> Tags(absl::string_view repository) const;
  // In the order in which they came.
  std::vector<ManifestEntry> Manifests(absl::string_view repository) const;
  std::vector<ManifestEntry> Referrers(absl::string_view repository, const Digest& subject, absl::Time now) const;

  // False when there is nothing to remove. Removing a manifest removes its tags.
  bool RemoveTag(absl::string_view repository, absl::string_view tag);
  bool RemoveManifest(absl::string_view repository, const Digest& digest);

 private:
  struct Repository {
    std::vector<ManifestEntry> manifests;
    std::map<std::string, Digest> tags;
  };
  const Repository* FindRepository(absl::string_view name) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  std::map<std::string, Repository> repositories_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace waybill::oci::registry::server::store

#endif  // WAYBILL_OCI_REGISTRY_SERVER_STORE_CATALOG_H_
