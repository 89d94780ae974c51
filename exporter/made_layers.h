// SPDX-License-Identifier: Apache-2.0
// An image that somebody else assembled, with its layers in the form that the options ask for: a build daemon left them
// without compression, so that waybill does that work.
#ifndef WAYBILL_EXPORTER_MADE_LAYERS_H_
#define WAYBILL_EXPORTER_MADE_LAYERS_H_

#include "absl/status/statusor.h"
#include "exporter/layers/encoders.h"
#include "exporter/layers/made.h"
#include "exporter/request/options.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"

namespace waybill::exporter {

// Where the new blobs and documents go. The finished image is read from both.
struct MadeLayersStores {
  oci::content::Store& blobs;      // layers and statements
  oci::content::Store& documents;  // manifests, the index, configs of attestation manifests
  layers::LayersMade& made;        // layers that are in `blobs` already; new ones are added
};

// The root of the same image with the layers that `compressor` and `force-compression` say (layers/decision.h); `root`
// itself when all stay. `rewrite-timestamp` is taken for done. Manifests, the index, statements about the image and
// attestation manifests change with the layers, and become what the same build with the new layers would have given.
// Indexes inside the index stay. Errors: those of layers::LayerMaker, naming the platform's manifest; INVALID_ARGUMENT
// for malformed documents, and for options that images of the root's media type cannot have; the stores'.
absl::StatusOr<oci::Descriptor> WithMadeLayers(const oci::Context& context, const oci::Descriptor& root,
                                               const request::ExportOptions& options, layers::Encoders& encoders,
                                               oci::content::Fetcher& content, const MadeLayersStores& stores);

}  // namespace waybill::exporter

#endif  // WAYBILL_EXPORTER_MADE_LAYERS_H_
