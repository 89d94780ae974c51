# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by the end-to-end tests that convert layers: images of one layer, made without waybill, and the layers of others.

# one_layer_image LAYOUT TAR   An OCI layout with an image whose only layer is the tar archive, uncompressed. The archive moves there.
one_layer_image() {
  local layout=$1 size diff_id config manifest
  mkdir -p "$layout/blobs/sha256"
  size=$(stat -c %s "$2")
  diff_id=$(sha256sum "$2" | cut -d' ' -f1)
  mv "$2" "$layout/blobs/sha256/$diff_id"
  config=$(jq -nc --arg id "sha256:$diff_id" '{architecture: "amd64", os: "linux", rootfs: {type: "layers", diff_ids: [$id]}, history: [{created_by: "test"}]}' |
    add_blob "$layout")
  manifest=$(jq -nc --argjson config "$config" --arg id "sha256:$diff_id" --argjson size "$size" \
    '{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json", config: ($config + {mediaType: "application/vnd.oci.image.config.v1+json"}),
      layers: [{mediaType: "application/vnd.oci.image.layer.v1.tar", digest: $id, size: $size}]}' |
    add_blob "$layout")
  jq -nc --argjson manifest "$manifest" '{schemaVersion: 2, manifests: [$manifest + {mediaType: "application/vnd.oci.image.manifest.v1+json"}]}' \
    >"$layout/index.json"
  echo '{"imageLayoutVersion": "1.0.0"}' >"$layout/oci-layout"
}

# add_blob LAYOUT <blob   Prints digest and size as JSON.
add_blob() {
  local file digest
  file=$(mktemp "$1/blob-XXXXXX")
  cat >"$file"
  digest=$(sha256sum "$file" | cut -d' ' -f1)
  jq -nc --arg digest "sha256:$digest" --argjson size "$(stat -c %s "$file")" '{digest: $digest, size: $size}'
  mv "$file" "$1/blobs/sha256/$digest"
}

# only_layer LAYOUT   The file of the only layer of the only image.
only_layer() {
  local manifest=$1/blobs/sha256/
  manifest+=$(jq -r '.manifests[0].digest' "$1/index.json" | cut -d: -f2)
  echo "$1/blobs/sha256/$(jq -r '.layers[0].digest' "$manifest" | cut -d: -f2)"
}
