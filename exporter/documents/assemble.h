// SPDX-License-Identifier: Apache-2.0
// Documents of an image as bytes: pure functions of the plan and of descriptors.
#ifndef WAYBILL_EXPORTER_DOCUMENTS_ASSEMBLE_H_
#define WAYBILL_EXPORTER_DOCUMENTS_ASSEMBLE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "exporter/plan/plan.h"
#include "oci/descriptor.h"

namespace waybill::exporter::documents {

// A config, manifest or index. The descriptor is the one by which the document above it refers to it.
struct Document {
  oci::Descriptor descriptor;
  std::string bytes;
};

struct ManifestDocuments {
  Document config;
  Document manifest;
};

// Errors: INVALID_ARGUMENT for a config that is none.
absl::StatusOr<ManifestDocuments> AssembleImage(const plan::Plan& plan, const plan::ImagePlan& image);

// The manifest that attaches `statements` (layers, in order) to the image whose manifest is `subject`. With
// `artifact` it names its subject and has an empty config; else the index entry's annotations alone tell.
ManifestDocuments AssembleAttestation(bool artifact, const oci::Descriptor& subject,
                                      const std::vector<oci::Descriptor>& statements);

Document AssembleIndex(const plan::Plan& plan, const std::vector<oci::Descriptor>& manifests);

}  // namespace waybill::exporter::documents

#endif  // WAYBILL_EXPORTER_DOCUMENTS_ASSEMBLE_H_
