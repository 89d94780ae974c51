// SPDX-License-Identifier: Apache-2.0
// Runs one case against an exporter and judges it.
#ifndef WAYBILL_TOOLS_GOLDEN_RUN_H_
#define WAYBILL_TOOLS_GOLDEN_RUN_H_

#include <string>

#include "absl/strings/string_view.h"
#include "tools/golden/recorded/compare.h"
#include "tools/golden/recorded/exporter_under_test.h"

namespace waybill::golden {

enum class Outcome { kMatch, kDeviation, kError, kFailure };
// "match", "deviation", ...
absl::string_view OutcomeName(Outcome outcome);

struct CaseResult {
  Outcome outcome = Outcome::kFailure;
  std::string detail;                 // of a deviation: which
  recorded::Differences differences;  // of a failure
};

// `scratch` is a new directory for the bundle and what is exported.
CaseResult RunCase(const std::string& name, recorded::ExporterUnderTest& exporter, const std::string& scratch);

}  // namespace waybill::golden

#endif  // WAYBILL_TOOLS_GOLDEN_RUN_H_
