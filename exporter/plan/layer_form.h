// SPDX-License-Identifier: Apache-2.0
// Whether layers are in the form that the options ask for. Layers are exported as they came; an option that would
// change one is an error here, never ignored.
#ifndef WAYBILL_EXPORTER_PLAN_LAYER_FORM_H_
#define WAYBILL_EXPORTER_PLAN_LAYER_FORM_H_

#include "absl/status/status.h"
#include "exporter/plan/plan.h"
#include "exporter/request/options.h"
#include "oci/content/content.h"
#include "oci/context.h"

namespace waybill::exporter::plan {

// `compression` alone asks nothing of layers that exist, as in BuildKit; `force-compression` and `rewrite-timestamp`
// do. Reads the last bytes of gzip layers from `source` to tell eStargz from plain gzip.
// Errors: UNIMPLEMENTED naming the option, the layer and what would have to be done; those of `source`.
absl::Status CheckLayerForms(const oci::Context& context, const request::ExportOptions& options, const ImagePlan& image,
                             oci::content::Fetcher& source);

}  // namespace waybill::exporter::plan

#endif  // WAYBILL_EXPORTER_PLAN_LAYER_FORM_H_
