// SPDX-License-Identifier: Apache-2.0
// What was copied, for a person and for scripts (docs/cli.md, "Copying images").
#ifndef WAYBILL_TOOLS_CLI_IMAGES_COPY_REPORT_H_
#define WAYBILL_TOOLS_CLI_IMAGES_COPY_REPORT_H_

#include <string>
#include <vector>

#include "oci/copy/image_copy.h"

namespace waybill::cli::images {

// A line for each image.
std::string CopyText(const std::string& destination, const std::vector<oci::copy::Copied>& copied);

// One object.
std::string CopyJson(const std::string& source, const std::string& destination,
                     const std::vector<oci::copy::Copied>& copied);

}  // namespace waybill::cli::images

#endif  // WAYBILL_TOOLS_CLI_IMAGES_COPY_REPORT_H_
