// SPDX-License-Identifier: Apache-2.0
// Finds out what a registry can do by doing it, in a repository where that may be done.
#ifndef WAYBILL_OCI_REGISTRY_PROBE_PROBE_H_
#define WAYBILL_OCI_REGISTRY_PROBE_PROBE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "oci/context.h"
#include "oci/registry/host.h"

namespace waybill::oci::registry::probe {

struct ProbeRequest {
  std::string repository;
  std::string mount_from;  // another repository in which the probe may write; empty: `repository` stands in
  std::string seed;        // makes everything that is pushed the probe's own
};

struct Finding {
  std::string name;         // "referrers-api", "single-post", ...
  std::optional<bool> yes;  // nothing: the probe ended before
  std::string detail;       // the registry's words, when it said no
};

struct ProbeReport {
  // Why the probe ended early: the registry takes no blob or no image at all; the transport's errors; the context's.
  absl::Status status;
  std::vector<Finding> findings;  // always the same ones, in the same order
  // Manifests, tags and blobs that could not be deleted, and the empty config if it was not there before: it is the
  // config of every artifact, so deleting it could take it from others.
  std::vector<std::string> left;
};

// Pushes a few small blobs and manifests and deletes them, whatever happened, in 30 seconds more at most.
ProbeReport Probe(const Context& context, Host& host, const ProbeRequest& request);

}  // namespace waybill::oci::registry::probe

#endif  // WAYBILL_OCI_REGISTRY_PROBE_PROBE_H_
