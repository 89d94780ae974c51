// SPDX-License-Identifier: Apache-2.0
// A push that keeps the attestations which an image has in the registry (attestations=reuse).
#ifndef WAYBILL_EXPORTER_PUBLISHING_REUSING_OUTPUT_H_
#define WAYBILL_EXPORTER_PUBLISHING_REUSING_OUTPUT_H_

#include <memory>

#include "exporter/deliver.h"
#include "oci/registry/client.h"

namespace waybill::exporter::publishing {

// `output`, behind one that looks at the images which the names stand for in their registries, name by name, and takes
// attestation manifests over from the first that fits (EarlierAttestations). All names get the same index. Statements
// that are taken over are in the image's content, for registries that lack them. A name that nobody has used yet has no
// image; a registry that cannot be read costs a warning. `registries` must outlive it.
std::unique_ptr<Output> ReusingAttestations(std::unique_ptr<Output> output, oci::registry::Client& registries);

}  // namespace waybill::exporter::publishing

#endif  // WAYBILL_EXPORTER_PUBLISHING_REUSING_OUTPUT_H_
