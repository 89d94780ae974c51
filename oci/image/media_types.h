// SPDX-License-Identifier: Apache-2.0
// Media types of images and attestations, OCI's and Docker's.
#ifndef WAYBILL_OCI_IMAGE_MEDIA_TYPES_H_
#define WAYBILL_OCI_IMAGE_MEDIA_TYPES_H_

#include "absl/strings/string_view.h"

namespace waybill::oci::image {

inline constexpr absl::string_view kOciIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr absl::string_view kOciManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr absl::string_view kOciConfig = "application/vnd.oci.image.config.v1+json";
inline constexpr absl::string_view kOciEmpty = "application/vnd.oci.empty.v1+json";
inline constexpr absl::string_view kDockerIndex = "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr absl::string_view kDockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr absl::string_view kDockerConfig = "application/vnd.docker.container.image.v1+json";
inline constexpr absl::string_view kInToto = "application/vnd.in-toto+json";
inline constexpr absl::string_view kAttestationManifest = "application/vnd.docker.attestation.manifest.v1+json";

// What they say is in layer_type.h.
inline constexpr absl::string_view kOciLayer = "application/vnd.oci.image.layer.v1.tar";
inline constexpr absl::string_view kOciLayerGzip = "application/vnd.oci.image.layer.v1.tar+gzip";
inline constexpr absl::string_view kOciLayerZstd = "application/vnd.oci.image.layer.v1.tar+zstd";
inline constexpr absl::string_view kOciForeign = "application/vnd.oci.image.layer.nondistributable.v1.tar";
inline constexpr absl::string_view kOciForeignGzip = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
inline constexpr absl::string_view kOciForeignZstd = "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd";
inline constexpr absl::string_view kDockerLayer = "application/vnd.docker.image.rootfs.diff.tar";
inline constexpr absl::string_view kDockerLayerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip";
inline constexpr absl::string_view kDockerLayerZstd = "application/vnd.docker.image.rootfs.diff.tar.zstd";
inline constexpr absl::string_view kDockerForeign = "application/vnd.docker.image.rootfs.foreign.diff.tar";
inline constexpr absl::string_view kDockerForeignGzip = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";

// The 2-byte document "{}" that stands for "no config".
inline constexpr absl::string_view kEmptyJson = "{}";

constexpr bool IsIndex(absl::string_view media_type) { return media_type == kOciIndex || media_type == kDockerIndex; }
constexpr bool IsManifest(absl::string_view media_type) {
  return media_type == kOciManifest || media_type == kDockerManifest;
}

}  // namespace waybill::oci::image

#endif  // WAYBILL_OCI_IMAGE_MEDIA_TYPES_H_
