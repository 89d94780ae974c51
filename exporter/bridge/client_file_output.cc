// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/client_file_output.h"

#include <optional>
#include <string>

#include "exporter/answers/response.h"
#include "exporter/bridge/remote/file_send.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/status_macros.h"

namespace waybill::exporter::bridge {
namespace {

absl::StatusOr<std::optional<oci::Digest>> ConfigOf(const oci::Context& context, const Image& image) {
  if (!oci::image::IsManifest(image.root.media_type)) return std::optional<oci::Digest>();
  ABSL_ASSIGN_OR_RETURN(const std::string bytes,
                        oci::content::VerifiedBytes(context, image.content, image.root, oci::image::kMaxManifestBytes));
  ABSL_ASSIGN_OR_RETURN(const oci::image::Manifest manifest, oci::image::ParseManifest(bytes));
  return std::optional<oci::Digest>(manifest.config.digest);
}

}  // namespace

absl::StatusOr<answers::Delivery> ClientFileOutput::Deliver(const oci::Context& context, const Image& image,
                                                            const request::ExportOptions& options) {
  ABSL_ASSIGN_OR_RETURN(const std::optional<oci::Digest> config, ConfigOf(context, image));
  remote::FileSend file(context, client_, exporter_, answers::MakeResponse(image.root, config, image.names, {}));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<Output> archive, make_archive_(options, file));
  ABSL_ASSIGN_OR_RETURN(answers::Delivery delivery, archive->Deliver(context, image, options));
  ABSL_RETURN_IF_ERROR(file.Close());
  return delivery;
}

}  // namespace waybill::exporter::bridge
