// SPDX-License-Identifier: Apache-2.0
// Compares an export that differs on purpose: the graphs of both are walked side by side, digests are mapped, and
// everything but the named difference must be the same.
#ifndef WAYBILL_TOOLS_GOLDEN_DEVIATIONS_H_
#define WAYBILL_TOOLS_GOLDEN_DEVIATIONS_H_

#include "tools/golden/case.h"
#include "tools/golden/compare.h"
#include "tools/golden/layout.h"
#include "tools/golden/verdicts.h"

namespace waybill::golden {

Differences CompareDeviating(const Case& record, Deviation deviation, const Response& response, const Layout& layout);

}  // namespace waybill::golden

#endif  // WAYBILL_TOOLS_GOLDEN_DEVIATIONS_H_
