// SPDX-License-Identifier: Apache-2.0
#include "exporter/deliver.h"

#include <utility>

#include "exporter/answers/response.h"
#include "oci/status_macros.h"

namespace waybill::exporter {

namespace {

absl::StatusOr<Report> DeliverTo(const oci::Context& context, const Image& image, const request::ExportOptions& options,
                                 Output& output) {
  ABSL_ASSIGN_OR_RETURN(answers::Delivery delivery, output.Deliver(context, image, options));
  const oci::Descriptor root = answers::DeliveredRoot(image.root, delivery);
  Report report{.root = root, .response = {}, .names = image.names};
  report.response = answers::MakeResponse(root, image.config, image.names, delivery);
  report.delivery = std::move(delivery);
  return report;
}

}  // namespace

absl::StatusOr<Report> Deliver(const oci::Context& context, const Image& image, const request::ExportOptions& options,
                               Output& output) {
  oci::StageTimer timer(context, oci::Stage::kDeliver);
  return timer.Close(DeliverTo(timer.context(), image, options, output));
}

}  // namespace waybill::exporter
