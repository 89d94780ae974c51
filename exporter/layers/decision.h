// SPDX-License-Identifier: Apache-2.0
// What has to be done with each layer of an image: nothing, or a conversion.
#ifndef WAYBILL_EXPORTER_LAYERS_DECISION_H_
#define WAYBILL_EXPORTER_LAYERS_DECISION_H_

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "exporter/plan/plan.h"
#include "exporter/request/options.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/layer/convert.h"

namespace waybill::exporter::layers {

// No conversion keeps the layer as it came.
struct Decision {
  std::optional<oci::layer::Conversion> forced;     // by force-compression or compressor; a failure ends the export
  std::optional<oci::layer::Conversion> rewritten;  // by rewrite-timestamp, instead of `forced`
};

// One decision for each layer of `image`, by BuildKit's rules. `compression` alone converts nothing that exists.
// `force-compression` converts the layers of another form; another level alone does not count. `compressor=waybill`
// converts those that come without compression. `rewrite-timestamp`
// needs an epoch, and converts from the first layer on that the base image does not have, unless a layer was rewritten
// to this epoch before. Reads the last bytes of gzip layers from `source` to tell eStargz from plain gzip.
// Errors: those of `source`.
absl::StatusOr<std::vector<Decision>> Decide(const oci::Context& context, const request::ExportOptions& options,
                                             const plan::ImagePlan& image, oci::content::Fetcher& source);

// The annotation of a layer whose times were rewritten; its value is the epoch.
inline constexpr char kRewritten[] = "buildkit/rewritten-timestamp";

}  // namespace waybill::exporter::layers

#endif  // WAYBILL_EXPORTER_LAYERS_DECISION_H_
