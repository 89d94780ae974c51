// SPDX-License-Identifier: Apache-2.0
// oci/manifest: what is read can be written and read again, and no document is both manifest and index.
#include "oci/image/manifest.h"

#include "tools/fuzz/require.h"

namespace oci = waybill::oci;
using waybill::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes = waybill::fuzz::View(data, size);
  const auto manifest = oci::image::ParseManifest(bytes);
  const auto index = oci::image::ParseIndex(bytes);
  if (manifest.ok()) {
    const std::string written = oci::image::ToIndentedJson(*manifest);
    const auto again = oci::image::ParseManifest(written);
    Require(again.ok() && oci::image::ToIndentedJson(*again) == written, "a manifest survives being written");
    const auto successors = oci::image::Successors("application/vnd.oci.image.manifest.v1+json", bytes);
    Require(successors.ok() && successors->size() == manifest->layers.size() + 1,
            "config and layers follow a manifest");
  }
  if (index.ok()) {
    const std::string written = oci::image::ToIndentedJson(*index);
    const auto again = oci::image::ParseIndex(written);
    Require(again.ok() && oci::image::ToIndentedJson(*again) == written, "an index survives being written");
  }
  const auto descriptor = oci::image::ParseDescriptor(bytes);
  if (descriptor.ok()) {
    const std::string written = oci::image::ToCompactJson(*descriptor);
    const auto again = oci::image::ParseDescriptor(written);
    Require(again.ok() && oci::image::ToCompactJson(*again) == written, "a descriptor survives being written");
  }
  return 0;
}
