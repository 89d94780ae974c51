// SPDX-License-Identifier: Apache-2.0
// Images in registries as build results: "docker://HOST/REPO[:TAG|@DIGEST]".
#ifndef WAYBILL_EXPORTER_INPUT_IMAGE_REGISTRY_IMAGE_H_
#define WAYBILL_EXPORTER_INPUT_IMAGE_REGISTRY_IMAGE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "exporter/input/result_directory.h"
#include "oci/context.h"
#include "oci/platform.h"
#include "oci/registry/environment_client.h"

namespace waybill::exporter::input::image {

inline constexpr absl::string_view kRegistryScheme = "docker://";

// The configured mirrors of the host are asked first, in order. `platforms`: see ImageParts. Blobs stay in the registry
// until they are read, and whoever reads them verifies them; the opened result keeps the client. Temporary files go to
// `scratch_directory`. Errors: INVALID_ARGUMENT for a text of another form, NOT_FOUND naming the image, those of the
// registry and of ImportImage.
absl::StatusOr<OpenedResult> OpenRegistryImage(const oci::Context& context,
                                               std::unique_ptr<oci::registry::EnvironmentClient> client,
                                               absl::string_view text, const std::string& scratch_directory,
                                               const std::vector<oci::Platform>& platforms = {});

}  // namespace waybill::exporter::input::image

#endif  // WAYBILL_EXPORTER_INPUT_IMAGE_REGISTRY_IMAGE_H_
