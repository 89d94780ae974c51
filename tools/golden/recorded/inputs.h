// SPDX-License-Identifier: Apache-2.0
// Result bundles and requests made from cases.
#ifndef WAYBILL_TOOLS_GOLDEN_RECORDED_INPUTS_H_
#define WAYBILL_TOOLS_GOLDEN_RECORDED_INPUTS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "exporter/request/export_request.h"
#include "tools/golden/recorded/case.h"

namespace waybill::golden::recorded {

// Writes the case's build result into the new directory `directory`: real files, never links. Cases whose input could
// not be recorded get one that has the same fault; cases about options alone get the result of "oci-single".
absl::Status WriteBundle(const Case& record, const std::string& directory);

// The request of the case, with what a made input needs.
exporter::request::ExportRequest RequestOf(const Case& record);

// A time for the export's clock: the recorded one where the case shows it (it was recorded by the wall clock), else a
// fixed one that no recording has.
absl::Time ClockOf(const Case& record);

}  // namespace waybill::golden::recorded

#endif  // WAYBILL_TOOLS_GOLDEN_RECORDED_INPUTS_H_
