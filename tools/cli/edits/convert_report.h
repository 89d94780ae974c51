// SPDX-License-Identifier: Apache-2.0
// What a conversion changed, or would change, for a person and for scripts (docs/cli.md, "Changing images").
#ifndef WAYBILL_TOOLS_CLI_EDITS_CONVERT_REPORT_H_
#define WAYBILL_TOOLS_CLI_EDITS_CONVERT_REPORT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "attest/convert/convert.h"
#include "oci/descriptor.h"
#include "oci/registry/push/push_request.h"
#include "tools/cli/forms/publish_forms.h"

namespace waybill::cli::edits {

struct Converted {
  oci::Descriptor from;
  attest::convert::Conversion conversion;
  std::optional<oci::registry::push::PushReport> report;  // unset when nothing was written
  std::optional<forms::Outcome> published;                // its statements in other forms, where that was wanted
};

// One of several images.
struct ConvertedImage {
  std::vector<std::string> names;
  absl::StatusOr<Converted> outcome;
};

// A line for each manifest and one for the index.
std::string ConvertText(const Converted& converted);
// The names of each image, and these lines below them.
std::string ConvertAllText(const std::vector<ConvertedImage>& images);

// One object.
std::string ConvertJson(const Converted& converted);
std::string ConvertAllJson(const std::string& place, const std::vector<ConvertedImage>& images);

}  // namespace waybill::cli::edits

#endif  // WAYBILL_TOOLS_CLI_EDITS_CONVERT_REPORT_H_
