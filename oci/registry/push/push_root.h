// SPDX-License-Identifier: Apache-2.0
// The end of a push: the root under its digest and tags.
#ifndef WAYBILL_OCI_REGISTRY_PUSH_PUSH_ROOT_H_
#define WAYBILL_OCI_REGISTRY_PUSH_PUSH_ROOT_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/context.h"
#include "oci/digest.h"
#include "oci/registry/host.h"
#include "oci/registry/transfer/manifests.h"

namespace waybill::oci::registry::push {

struct RootDelivery {
  Host& host;
  transfer::Manifests& manifests;
  const Digest& digest;
  // Puts the root under a reference and, with ?tag=, under tags.
  std::function<absl::StatusOr<Answer>(const Context&, absl::string_view reference,
                                       const std::vector<std::string>& tags)>
      put;
};

// The root by digest alone when `tags` is empty; one tag is one PUT; several go out with ?tag= as far as the host
// takes that, the rest one by one in parallel. A tag that cannot be written but points to the root already is written:
// immutable tags refuse the same digest too; `warnings` says so.
absl::Status DeliverRoot(const Context& context, const RootDelivery& delivery, const std::vector<std::string>& tags,
                         std::vector<std::string>& warnings);

}  // namespace waybill::oci::registry::push

#endif  // WAYBILL_OCI_REGISTRY_PUSH_PUSH_ROOT_H_
