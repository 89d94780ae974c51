// SPDX-License-Identifier: Apache-2.0
// The image exporter without push: the image is made and described, and stays where it is.
#ifndef WAYBILL_EXPORTER_OUTPUT_IMAGE_OUTPUT_H_
#define WAYBILL_EXPORTER_OUTPUT_IMAGE_OUTPUT_H_

#include "exporter/deliver.h"
#include "oci/status_macros.h"

namespace waybill::exporter::output {

// Delivers nothing: BuildKit's image exporter on a worker without an image store does no more.
class ImageOutput : public Output {
 public:
  absl::StatusOr<answers::Delivery> Deliver(const oci::Context& context, const Image&,
                                            const request::ExportOptions&) override {
    ABSL_RETURN_IF_ERROR(context.Check());
    return answers::Delivery{};
  }
};

}  // namespace waybill::exporter::output

#endif  // WAYBILL_EXPORTER_OUTPUT_IMAGE_OUTPUT_H_
