// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/testing/small_image.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "oci/digest.h"

namespace waybill::exporter::bridge::testing {
namespace {

SmallImage::Blob BlobOf(std::string bytes) {
  std::string digest = oci::Digest::Of(bytes).ToString();
  return {std::move(digest), std::move(bytes)};
}

std::string Reference(const char* media_type, const SmallImage::Blob& blob, const char* more = "") {
  return absl::StrCat(R"({"mediaType":")", media_type, R"(","digest":")", blob.digest, R"(","size":)",
                      blob.bytes.size(), more, "}");
}

}  // namespace

SmallImage::SmallImage()
    : layer(BlobOf(std::string(3 << 20, 'l'))),
      config(BlobOf(R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}})")),
      manifest(BlobOf(
          absl::StrCat(R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":)",
                       Reference("application/vnd.oci.image.config.v1+json", config), R"(,"layers":[)",
                       Reference("application/vnd.oci.image.layer.v1.tar+gzip", layer), "]}"))) {
  const std::string root = Reference("application/vnd.oci.image.manifest.v1+json", manifest,
                                     R"(,"annotations":{"org.opencontainers.image.created":"2026-01-01T00:00:00Z"})");
  response = {{"containerimage.digest", manifest.digest},
              {"containerimage.config.digest", config.digest},
              {"containerimage.descriptor", absl::Base64Escape(root)}};
}

}  // namespace waybill::exporter::bridge::testing
