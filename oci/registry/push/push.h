// SPDX-License-Identifier: Apache-2.0
// Puts an image into a repository: blobs, image manifests, their attestation manifests, indexes, tags last, so that no
// tag ever points to something incomplete. What is there already is not sent. docs/registries.md tells the policy.
#ifndef WAYBILL_OCI_REGISTRY_PUSH_PUSH_H_
#define WAYBILL_OCI_REGISTRY_PUSH_PUSH_H_

#include "oci/context.h"
#include "oci/registry/host.h"
#include "oci/registry/push/push_request.h"

namespace waybill::oci::registry::push {

// Requests in parallel as far as the host's throttle lets them. Errors: the first that nothing helped against; nothing
// is tagged then. They name the request, if there was one; the caller says what was pushed.
PushOutcome Push(const Context& context, Host& host, const PushRequest& request);

}  // namespace waybill::oci::registry::push

#endif  // WAYBILL_OCI_REGISTRY_PUSH_PUSH_H_
