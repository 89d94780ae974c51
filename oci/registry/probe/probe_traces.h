// SPDX-License-Identifier: Apache-2.0
// What a probe has put into a registry, and how it is taken away again.
#ifndef WAYBILL_OCI_REGISTRY_PROBE_PROBE_TRACES_H_
#define WAYBILL_OCI_REGISTRY_PROBE_PROBE_TRACES_H_

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "oci/context.h"
#include "oci/digest.h"
#include "oci/registry/host.h"

namespace waybill::oci::registry::probe {

// Things are noted before they are sent: a request that failed may have been carried out. Not thread-safe; the host
// must outlive it.
class ProbeTraces {
 public:
  ProbeTraces(Host& host, std::string repository) : host_(host), repository_(std::move(repository)) {}

  // Of this probe alone: Remove deletes them.
  void AddManifest(const Digest& digest) { manifests_.insert(digest); }
  void AddTag(const std::string& tag) { tags_.push_back(tag); }
  // `repository`: this one, or the one that is mounted from.
  void AddBlob(const std::string& repository, const Digest& digest) { blobs_.emplace_back(repository, digest); }
  // A blob that others may use as well by now: Remove only tells of it.
  void AddShared(const Digest& digest) { shared_.push_back(digest); }

  // What is left after that: "manifest sha256:...", "tag waybill-probe-...", "blob sha256:...".
  std::vector<std::string> Remove(const Context& context);

 private:
  // Whether `reference` is gone.
  bool RemoveManifest(const Context& context, const std::string& reference);
  bool RemoveBlob(const Context& context, const std::string& repository, const Digest& digest);

  Host& host_;
  const std::string repository_;
  std::set<Digest> manifests_;
  std::vector<std::string> tags_;
  std::vector<std::pair<std::string, Digest>> blobs_;
  std::vector<Digest> shared_;
};

}  // namespace waybill::oci::registry::probe

#endif  // WAYBILL_OCI_REGISTRY_PROBE_PROBE_TRACES_H_
