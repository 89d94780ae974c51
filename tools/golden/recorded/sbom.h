// SPDX-License-Identifier: Apache-2.0
// What a supplemented SBOM has to be: the document that went in plus what BuildKit added to it.
#ifndef WAYBILL_TOOLS_GOLDEN_RECORDED_SBOM_H_
#define WAYBILL_TOOLS_GOLDEN_RECORDED_SBOM_H_

#include <string>

#include "tools/golden/recorded/case.h"

namespace waybill::golden::recorded {

// Both are statements: the recorded one, and one whose predicate must be, as a JSON value, one of the case's SBOMs
// with the creator and the recorded layer comments added. Empty when it is, else what differs.
std::string CompareSbom(const Case& record, const std::string& expected, const std::string& actual);

}  // namespace waybill::golden::recorded

#endif  // WAYBILL_TOOLS_GOLDEN_RECORDED_SBOM_H_
