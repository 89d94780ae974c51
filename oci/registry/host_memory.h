// SPDX-License-Identifier: Apache-2.0
// What was learned about a registry host while it was asked. It lasts as long as the host.
#ifndef WAYBILL_OCI_REGISTRY_HOST_MEMORY_H_
#define WAYBILL_OCI_REGISTRY_HOST_MEMORY_H_

#include <atomic>
#include <map>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "oci/registry/chunk_memory.h"

namespace waybill::oci::registry {

// Whether a host or repository can do something; found out on the way.
enum class Learned { kUnknown, kYes, kNo };

// Thread-safe.
class HostMemory {
 public:
  // Whether POST ?digest= takes a blob.
  Learned single_post() const { return single_post_.load(); }
  void set_single_post(Learned learned) { single_post_.store(learned); }
  // Whether PUT ?tag= sets tags.
  Learned tag_parameter() const { return tag_parameter_.load(); }
  void set_tag_parameter(Learned learned) { tag_parameter_.store(learned); }
  // Whether a repository lists referrers.
  Learned referrers_api(absl::string_view repository) const;
  void set_referrers_api(absl::string_view repository, Learned learned);
  // Whether the host refused to mount blobs from a repository: others of it are not asked for.
  bool refuses_mounts(absl::string_view from) const;
  void set_refuses_mounts(absl::string_view from);
  // The sizes of upload chunks that the host took and refused.
  ChunkMemory& chunks() { return chunks_; }

 private:
  std::atomic<Learned> single_post_{Learned::kUnknown};
  std::atomic<Learned> tag_parameter_{Learned::kUnknown};
  ChunkMemory chunks_;
  mutable absl::Mutex mu_;
  std::map<std::string, Learned> referrers_ ABSL_GUARDED_BY(mu_);
  std::set<std::string> unmountable_ ABSL_GUARDED_BY(mu_);
};

}  // namespace waybill::oci::registry

#endif  // WAYBILL_OCI_REGISTRY_HOST_MEMORY_H_
