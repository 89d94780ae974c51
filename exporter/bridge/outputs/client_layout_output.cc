// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/outputs/client_layout_output.h"

#include "exporter/rpc/content/content_client.h"
#include "oci/content/copy_graph.h"
#include "oci/status_macros.h"

namespace waybill::exporter::bridge::outputs {

absl::StatusOr<answers::Delivery> ClientLayoutOutput::Deliver(const oci::Context& context, const Image& image,
                                                              const request::ExportOptions& /*options*/) {
  rpc::content::ContentClient store(client_, {.store_id = "export"});
  ABSL_RETURN_IF_ERROR(oci::content::CopyGraph(context, image.content, store, image.root, {}));
  return answers::Delivery{};
}

}  // namespace waybill::exporter::bridge::outputs
