// SPDX-License-Identifier: Apache-2.0
// Makes the layers of an export in the form that the options ask for.
#ifndef WAYBILL_EXPORTER_LAYERS_MAKER_H_
#define WAYBILL_EXPORTER_LAYERS_MAKER_H_

#include <vector>

#include "absl/status/statusor.h"
#include "exporter/layers/decision.h"
#include "exporter/layers/encoders.h"
#include "exporter/layers/made.h"
#include "exporter/plan/plan.h"
#include "exporter/request/build_result.h"
#include "exporter/request/options.h"
#include "oci/content/content.h"
#include "oci/context.h"

namespace waybill::exporter::layers {

// One for each export: a layer that several platforms share is converted once. Not thread-safe. What it is given must
// outlive it.
class LayerMaker {
 public:
  LayerMaker(const request::ExportOptions& options, Encoders& encoders, oci::content::Fetcher& source,
             const LayerStore& store)
      : options_(options), encoders_(encoders), source_(source), store_(store) {}

  // The layers of `image`: as they came, or converted, with new blobs in the store. A converted layer keeps
  // its time and description. A layer whose times cannot be rewritten stays as it is, with a warning, as in BuildKit;
  // `rewrite-timestamp-strict` makes that an error. Errors name the layer: those of Decide and of layer::Convert, and
  // kVerification for a blob that is not what its descriptor says.
  absl::StatusOr<std::vector<request::Layer>> Make(const oci::Context& context, const plan::ImagePlan& image);

 private:
  absl::StatusOr<request::Layer> MakeOne(const oci::Context& context, const request::Layer& layer,
                                         const Decision& decision);
  absl::StatusOr<request::Layer> Converted(const oci::Context& context, const request::Layer& layer,
                                           const oci::layer::Conversion& conversion);
  absl::StatusOr<MadeLayer> Convert(const oci::Context& context, const oci::Descriptor& from,
                                    const oci::layer::Conversion& conversion);

  const request::ExportOptions& options_;
  Encoders& encoders_;
  oci::content::Fetcher& source_;
  const LayerStore store_;
};

}  // namespace waybill::exporter::layers

#endif  // WAYBILL_EXPORTER_LAYERS_MAKER_H_
