// SPDX-License-Identifier: Apache-2.0
// Documents of an image as bytes: pure functions of the plan and of descriptors.
#ifndef WAYBILL_EXPORTER_DOCUMENTS_ASSEMBLE_H_
#define WAYBILL_EXPORTER_DOCUMENTS_ASSEMBLE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "exporter/plan/plan.h"
#include "oci/descriptor.h"
#include "oci/image/document.h"

namespace waybill::exporter::documents {

using oci::image::Document;
using oci::image::ManifestDocuments;

// Errors: INVALID_ARGUMENT for a config that is none.
absl::StatusOr<ManifestDocuments> AssembleImage(const plan::Plan& plan, const plan::ImagePlan& image);

Document AssembleIndex(const plan::Plan& plan, const std::vector<oci::Descriptor>& manifests);

}  // namespace waybill::exporter::documents

#endif  // WAYBILL_EXPORTER_DOCUMENTS_ASSEMBLE_H_
