// SPDX-License-Identifier: Apache-2.0
// What a change came to, told to a person or a script.
#ifndef WAYBILL_TOOLS_CLI_CHANGING_OUTCOME_H_
#define WAYBILL_TOOLS_CLI_CHANGING_OUTCOME_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "oci/content/referrers.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/json/json.h"
#include "oci/registry/push/push_request.h"

namespace waybill::cli::changing {

// One line of standard error each.
void Warn(absl::string_view text);

// Warns of what the push could not do.
void WarnOf(const oci::registry::push::PushReport& report);

// Warns when manifests, such as signatures, refer to one that is replaced: they stay with the old one.
void WarnOfReferrers(const oci::Context& context, oci::content::ReferrerLister& lister, const oci::Digest& replaced);

// "linux/arm64", or the digest of an image without a platform.
std::string ImageLabel(const oci::Descriptor& image);

// "subjects": [...] and "tags": [...], as members of the object that is open.
void WriteReport(oci::json::Writer& writer, const oci::registry::push::PushReport& report);

// A line for each subject: "referrers of sha256:...: api".
std::string ReportText(const oci::registry::push::PushReport& report);

}  // namespace waybill::cli::changing

#endif  // WAYBILL_TOOLS_CLI_CHANGING_OUTCOME_H_
