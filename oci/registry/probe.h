// SPDX-License-Identifier: Apache-2.0
// Finds out what a registry can do by doing it, in a repository where that may be done.
#ifndef WAYBILL_OCI_REGISTRY_PROBE_H_
#define WAYBILL_OCI_REGISTRY_PROBE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "oci/context.h"
#include "oci/registry/host.h"

namespace waybill::oci::registry {

struct Finding {
  std::string name;  // "referrers-api", "single-post", ...
  bool yes = false;
  std::string detail;  // the registry's words, when it said no
};

struct ProbeReport {
  std::vector<Finding> findings;  // always the same ones, in the same order
  std::vector<std::string> left;  // manifests, tags and blobs that could not be deleted
};

// Pushes a few small blobs and manifests under `repository` (unique to `seed`) and deletes them. Errors: the registry
// takes no blob or no image at all; the transport's; the context's.
absl::StatusOr<ProbeReport> Probe(const Context& context, Host& host, const std::string& repository,
                                  const std::string& seed);

}  // namespace waybill::oci::registry

#endif  // WAYBILL_OCI_REGISTRY_PROBE_H_
