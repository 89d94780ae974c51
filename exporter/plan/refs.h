// SPDX-License-Identifier: Apache-2.0
// What a build result has for its platforms, for plans of both kinds.
#ifndef WAYBILL_EXPORTER_PLAN_REFS_H_
#define WAYBILL_EXPORTER_PLAN_REFS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "exporter/plan/platforms.h"
#include "exporter/request/build_result.h"
#include "exporter/request/metadata.h"

namespace waybill::exporter::plan {

// INVALID_ARGUMENT, in BuildKit's words where it has some, for refs that do not fit `is_map` and for a map without the
// metadata "refs.platforms".
absl::Status CheckShape(const request::BuildResult& result, const request::Metadata& metadata);

// The platform's file system: the only one when there are no others, an empty one for a result without any; nullptr
// when the map does not have it.
const request::Ref* FindRef(const request::BuildResult& result, const std::string& id);

// Whether the attestation is only for exporters that ask for inline attestations.
bool IsInlineOnly(const request::Attestation& attestation);

// One warning for each key of attestations that is no platform. BuildKit passes them over in silence.
std::vector<std::string> UnusedAttestations(const request::BuildResult& result,
                                            const std::vector<ResultPlatform>& platforms);

}  // namespace waybill::exporter::plan

#endif  // WAYBILL_EXPORTER_PLAN_REFS_H_
