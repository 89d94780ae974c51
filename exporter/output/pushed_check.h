// SPDX-License-Identifier: Apache-2.0
// What a push left in a registry, read back and checked (verify=true).
#ifndef WAYBILL_EXPORTER_OUTPUT_PUSHED_CHECK_H_
#define WAYBILL_EXPORTER_OUTPUT_PUSHED_CHECK_H_

#include <string>

#include "absl/status/status.h"
#include "oci/context.h"
#include "oci/digest.h"
#include "oci/registry/host.h"

namespace waybill::exporter::output {

// Where the attestations of an image were asked to be listed.
enum class Listed { kInIndex, kByReferrers, kInBoth };

// Reads indexes, manifests, referrers and whole statements of all platforms, and applies the rules of `waybill verify`
// (attest/verify). Layers are not read. Attestations of the legacy form have no subject: the index is enough for them.
// Errors: kVerification with the first findings, each with its rule and object; those of the registry.
absl::Status CheckPushed(const oci::Context& context, oci::registry::Host& host, const std::string& repository,
                         const oci::Digest& root, Listed listed);

}  // namespace waybill::exporter::output

#endif  // WAYBILL_EXPORTER_OUTPUT_PUSHED_CHECK_H_
