// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/outputs/client_file_output.h"

#include "exporter/answers/response.h"
#include "exporter/bridge/remote/file_send.h"
#include "exporter/output/archive_output.h"
#include "oci/status_macros.h"

namespace waybill::exporter::bridge::outputs {

absl::StatusOr<answers::Delivery> ClientFileOutput::Deliver(const oci::Context& context, const Image& image,
                                                            const request::ExportOptions& options) {
  remote::FileSend file(context, client_, exporter_, answers::MakeResponse(image.root, image.config, image.names, {}));
  output::ArchiveStreamOutput archive(file);
  ABSL_ASSIGN_OR_RETURN(answers::Delivery delivery, archive.Deliver(context, image, options));
  ABSL_RETURN_IF_ERROR(file.Close());
  return delivery;
}

}  // namespace waybill::exporter::bridge::outputs
