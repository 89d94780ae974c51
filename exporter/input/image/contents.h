// SPDX-License-Identifier: Apache-2.0
// What an index lists, sorted: images that a build result can hold, attestation manifests, and the rest.
#ifndef WAYBILL_EXPORTER_INPUT_IMAGE_CONTENTS_H_
#define WAYBILL_EXPORTER_INPUT_IMAGE_CONTENTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "attest/manifest.h"
#include "exporter/input/image/config.h"
#include "exporter/input/image/image.h"
#include "oci/content/graph.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/image/manifest.h"
#include "oci/platform.h"

namespace waybill::exporter::input::image {

// One image of an index, or the only one.
struct ImportedImage {
  oci::Descriptor descriptor;
  oci::image::Manifest manifest;
  ImageConfig config;
  oci::Platform platform;  // normalised
  std::string id;
};

struct ImageContents {
  bool is_index = false;
  oci::Annotations index_annotations;
  std::vector<ImportedImage> images;                      // in the order of the index; at least one
  std::vector<attest::AttestationManifest> attestations;  // about these images
};

// Reads `root` and what is wanted of what it lists (ImageParts). Indexes in the index are opened: their images join the
// others. An image that is listed twice is one. Warnings tell what is left out: platforms whose blobs are not there,
// attestations whose image is not, and what is no image. Errors: those of ReadGraph; NOT_FOUND naming platforms that
// are wanted and not there, or the first missing blob when no platform is complete; UNIMPLEMENTED for a root that is no
// image, and for two images of one platform.
absl::StatusOr<ImageContents> ReadImageContents(const oci::Context& context, const oci::Descriptor& root,
                                                const ImageParts& parts, oci::content::GraphBudget& budget);

// Tells the user what an import leaves out.
void WarnOfImage(const oci::Context& context, std::string text);

}  // namespace waybill::exporter::input::image

#endif  // WAYBILL_EXPORTER_INPUT_IMAGE_CONTENTS_H_
