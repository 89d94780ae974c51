// SPDX-License-Identifier: Apache-2.0
// What is garbage and what became of it, for a person and for scripts (docs/cli.md, "Removing what is left over").
#ifndef WAYBILL_TOOLS_CLI_IMAGES_GC_REPORT_H_
#define WAYBILL_TOOLS_CLI_IMAGES_GC_REPORT_H_

#include <string>
#include <vector>

#include "oci/prune/plan.h"

namespace waybill::cli::images {

// A table with a line for each item, and a last line with the sum. `outcomes` are those of the items, or none where the
// plan was not applied.
std::string GcText(const oci::prune::Plan& plan, const std::vector<oci::prune::Outcome>& outcomes, bool applied);

// One object.
std::string GcJson(const std::string& place, const oci::prune::Plan& plan,
                   const std::vector<oci::prune::Outcome>& outcomes, bool applied);

}  // namespace waybill::cli::images

#endif  // WAYBILL_TOOLS_CLI_IMAGES_GC_REPORT_H_
