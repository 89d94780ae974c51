// SPDX-License-Identifier: Apache-2.0
// Compares an export that differs on purpose: the graphs of both are walked side by side, digests are mapped, and
// everything but the named difference must be the same.
#ifndef WAYBILL_TOOLS_GOLDEN_RECORDED_DEVIATIONS_H_
#define WAYBILL_TOOLS_GOLDEN_RECORDED_DEVIATIONS_H_

#include "tools/golden/recorded/case.h"
#include "tools/golden/recorded/compare.h"
#include "tools/golden/recorded/layout.h"
#include "tools/golden/recorded/verdicts.h"

namespace waybill::golden::recorded {

Differences CompareDeviating(const Case& record, Deviation deviation, const Response& response, const Layout& layout);

}  // namespace waybill::golden::recorded

#endif  // WAYBILL_TOOLS_GOLDEN_RECORDED_DEVIATIONS_H_
