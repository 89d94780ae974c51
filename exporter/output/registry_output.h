// SPDX-License-Identifier: Apache-2.0
// An image pushed to the registries that its names say (type=image,push=true).
#ifndef WAYBILL_EXPORTER_OUTPUT_REGISTRY_OUTPUT_H_
#define WAYBILL_EXPORTER_OUTPUT_REGISTRY_OUTPUT_H_

#include "absl/status/status.h"
#include "exporter/deliver.h"
#include "exporter/request/options.h"
#include "oci/context.h"
#include "oci/registry/client.h"

namespace waybill::exporter::output {

// Registries are independent and served in parallel: one that fails does not stop the others. The names of one
// registry follow each other, so that later repositories mount what earlier ones got; the tags of one repository are
// one push. Each name gets an event of its own at the end: kDone telling how its attestations can be found and what
// was sent, or kFailed. Without names nothing is pushed. A delivery that fails may have tagged other names.
// Errors: "failed to push <name>: ...", those of all names that failed; the code is the first one's, and WithPushed
// tells the others. A refused attestation manifest is handled as options.attestation_refused says.
class RegistryOutput : public Output {
 public:
  explicit RegistryOutput(oci::registry::Client& client) : client_(client) {}
  absl::StatusOr<answers::Delivery> Deliver(const oci::Context& context, const Image& image,
                                            const request::ExportOptions& options) override;

 private:
  oci::registry::Client& client_;
};

}  // namespace waybill::exporter::output

#endif  // WAYBILL_EXPORTER_OUTPUT_REGISTRY_OUTPUT_H_
