// SPDX-License-Identifier: Apache-2.0
// What was published, for a person and for scripts (docs/cli.md, "Signing and publishing").
#ifndef WAYBILL_TOOLS_CLI_FORMS_OUTCOME_REPORT_H_
#define WAYBILL_TOOLS_CLI_FORMS_OUTCOME_REPORT_H_

#include <string>
#include <vector>

#include "oci/json/json.h"
#include "tools/cli/forms/publish_forms.h"

namespace waybill::cli::forms {

// A line for each object, and one for the image.
std::string OutcomeText(const Outcome& outcome);

// The members of the object that is open.
void WriteOutcome(oci::json::Writer& writer, const Outcome& outcome);
// "forms": [...] as a member of it, an object for each image.
void WriteForms(oci::json::Writer& writer, const std::vector<Outcome>& outcomes);

}  // namespace waybill::cli::forms

#endif  // WAYBILL_TOOLS_CLI_FORMS_OUTCOME_REPORT_H_
