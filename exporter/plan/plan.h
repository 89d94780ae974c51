// SPDX-License-Identifier: Apache-2.0
// What an export of images is going to make, decided without I/O from the build result and the options: bare manifest
// or index, media types, epochs, annotations, names, and per platform what its image is made of. Exports of files:
// files_plan.h.
#ifndef WAYBILL_EXPORTER_PLAN_PLAN_H_
#define WAYBILL_EXPORTER_PLAN_PLAN_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "exporter/plan/history.h"
#include "exporter/plan/image_config.h"
#include "exporter/plan/layers.h"
#include "exporter/plan/platforms.h"
#include "exporter/request/build_result.h"
#include "exporter/request/options.h"
#include "oci/descriptor.h"

namespace waybill::exporter::plan {

// One platform's image.
struct ImagePlan {
  ResultPlatform platform;
  std::vector<request::Layer> layers;
  std::string config;                 // as the build gave it, or the default one
  std::vector<HistoryEntry> history;  // of `config`, as it came
  std::optional<BaseConfig> base;
  std::optional<absl::Time> epoch;
  std::optional<std::string> inline_cache;
  oci::Annotations manifest_annotations;
  oci::Annotations descriptor_annotations;
  // Set when the image gets an attestation manifest, which may be one without statements.
  std::optional<std::vector<request::Attestation>> attestations;
};

struct Plan {
  bool index = false;    // else one bare manifest: images.size() == 1
  LayerRules rules;      // `oci_types` holds for all documents
  bool artifact = true;  // form of attestation manifests; false is the legacy one
  std::vector<ImagePlan> images;
  std::optional<absl::Time> epoch;
  oci::Annotations index_annotations;
  oci::Annotations root_annotations;       // of the descriptor of the root
  std::vector<std::string> subject_names;  // as given
  std::vector<std::string> names;          // without a dangling name, which needs the digest
  std::vector<std::string> warnings;       // for the user
};

// Errors: INVALID_ARGUMENT with BuildKit's wording where BuildKit finds the same fault; UNIMPLEMENTED for
// options that are not there. The options are those of an exporter of images.
absl::StatusOr<Plan> MakePlan(const request::BuildResult& result, const request::ExportOptions& options,
                              const oci::Platform& host);

}  // namespace waybill::exporter::plan

#endif  // WAYBILL_EXPORTER_PLAN_PLAN_H_
