// SPDX-License-Identifier: Apache-2.0
// An output that gets images whose provenance is looked at for secrets (secret-guard=warn|fail).
#ifndef WAYBILL_EXPORTER_PUBLISHING_GUARDED_OUTPUT_H_
#define WAYBILL_EXPORTER_PUBLISHING_GUARDED_OUTPUT_H_

#include <memory>

#include "exporter/deliver.h"

namespace waybill::exporter::publishing {

// `output`, behind one that looks at provenance while it passes, and warns once for each place at the end of the
// delivery: nothing is read for it, so that statements which the output does not ask for, because a registry has them
// already, are not looked at.
std::unique_ptr<Output> WithSecretWarnings(std::unique_ptr<Output> output);

// `output`, behind one that reads all provenance of the image before it delivers anything. Errors of the delivery:
// kVerification naming the places; those of the content.
std::unique_ptr<Output> RefusingSecrets(std::unique_ptr<Output> output);

}  // namespace waybill::exporter::publishing

#endif  // WAYBILL_EXPORTER_PUBLISHING_GUARDED_OUTPUT_H_
