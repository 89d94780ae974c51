// SPDX-License-Identifier: Apache-2.0
// Images that users name: "oci:DIR[:TAG]", "oci-archive:FILE[:TAG]", as skopeo writes them.
#ifndef WAYBILL_EXPORTER_INPUT_IMAGE_FILE_H_
#define WAYBILL_EXPORTER_INPUT_IMAGE_FILE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "exporter/input/result_directory.h"
#include "oci/context.h"
#include "oci/platform.h"

namespace waybill::exporter::input::image {

// TAG is an image name, a reference name or a digest of the layout's index, or the digest of an image or index further
// down; without it the layout has one image, under whatever names. `platforms`: see ImageParts. Temporary files go to
// `scratch_directory`. Errors: INVALID_ARGUMENT naming the text when its form is wrong, those of reading the layout,
// and those of ImportImage.
absl::StatusOr<OpenedResult> OpenImage(const oci::Context& context, absl::string_view text,
                                       const std::string& scratch_directory,
                                       const std::vector<oci::Platform>& platforms = {});

}  // namespace waybill::exporter::input::image

#endif  // WAYBILL_EXPORTER_INPUT_IMAGE_FILE_H_
