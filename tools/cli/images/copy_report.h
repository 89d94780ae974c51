// SPDX-License-Identifier: Apache-2.0
// What was copied, for a person and for scripts (docs/cli.md, "Copying images").
#ifndef WAYBILL_TOOLS_CLI_IMAGES_COPY_REPORT_H_
#define WAYBILL_TOOLS_CLI_IMAGES_COPY_REPORT_H_

#include <optional>
#include <string>
#include <vector>

#include "oci/copy/image_copy.h"
#include "tools/cli/forms/publish_forms.h"

namespace waybill::cli::images {

// The images, and their statements in other forms where that was wanted.
struct CopiedImages {
  std::vector<oci::copy::Copied> images;
  std::optional<std::vector<forms::Outcome>> forms;
};

// A line for each image, and those of its forms.
std::string CopyText(const std::string& destination, const CopiedImages& copied);

// One object.
std::string CopyJson(const std::string& source, const std::string& destination, const CopiedImages& copied);

}  // namespace waybill::cli::images

#endif  // WAYBILL_TOOLS_CLI_IMAGES_COPY_REPORT_H_
