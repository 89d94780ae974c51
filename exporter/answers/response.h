// SPDX-License-Identifier: Apache-2.0
// What a client is told about a finished export.
#ifndef WAYBILL_EXPORTER_ANSWERS_RESPONSE_H_
#define WAYBILL_EXPORTER_ANSWERS_RESPONSE_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "exporter/answers/delivery.h"
#include "exporter/plan/plan.h"
#include "exporter/request/options.h"
#include "oci/descriptor.h"
#include "oci/digest.h"

namespace waybill::exporter::answers {

// `root` with the annotations that the plan gives it and, for layouts, its creation time: the epoch or `now`.
oci::Descriptor RootDescriptor(const plan::Plan& plan, request::ExporterType type, oci::Descriptor root,
                               absl::Time now);

// The exporter's answer: "containerimage.digest", "containerimage.descriptor", "image.name", ..., and what was pushed
// under kPushedKey, and what was reused under kReusedKey. `config` is that of a bare manifest.
std::map<std::string, std::string> MakeResponse(const oci::Descriptor& root, const std::optional<oci::Digest>& config,
                                                const std::vector<std::string>& names, const Delivery& delivery);

// The file that clients write with --metadata-file: indented JSON, values that are base64 of a JSON object inlined.
std::string MetadataFile(const std::map<std::string, std::string>& response);

}  // namespace waybill::exporter::answers

#endif  // WAYBILL_EXPORTER_ANSWERS_RESPONSE_H_
