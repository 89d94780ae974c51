// SPDX-License-Identifier: Apache-2.0
// Artifacts about an image, in a layout.
#ifndef WAYBILL_EXPORTER_OUTPUT_LAYOUT_ARTIFACTS_H_
#define WAYBILL_EXPORTER_OUTPUT_LAYOUT_ARTIFACTS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "exporter/deliver.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"

namespace waybill::exporter::output {

// Copies the artifacts of the image to `layout` and returns the entries by which its index lists them.
absl::StatusOr<std::vector<oci::Descriptor>> CopyArtifacts(const oci::Context& context, const Image& image,
                                                           oci::content::Pusher& layout);

}  // namespace waybill::exporter::output

#endif  // WAYBILL_EXPORTER_OUTPUT_LAYOUT_ARTIFACTS_H_
