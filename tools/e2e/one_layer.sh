# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by the end-to-end tests that convert layers: images made without waybill, mostly of one layer, and the layers of others.

# image_of_layers LAYOUT TAR...   An OCI layout with an image whose layers are the tar archives, uncompressed. The archives move there.
image_of_layers() {
  local layout=$1 tar digest size layers='[]' config manifest
  mkdir -p "$layout/blobs/sha256"
  for tar in "${@:2}"; do
    size=$(stat -c %s "$tar")
    digest=$(sha256sum "$tar" | cut -d' ' -f1)
    mv "$tar" "$layout/blobs/sha256/$digest"
    layers=$(jq -c --arg digest "sha256:$digest" --argjson size "$size" \
      '. + [{mediaType: "application/vnd.oci.image.layer.v1.tar", digest: $digest, size: $size}]' <<<"$layers")
  done
  config=$(jq -nc --argjson layers "$layers" '{architecture: "amd64", os: "linux", rootfs: {type: "layers", diff_ids: [$layers[].digest]},
      history: [$layers[] | {created_by: "test"}]}' | add_blob "$layout")
  manifest=$(jq -nc --argjson config "$config" --argjson layers "$layers" '{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: ($config + {mediaType: "application/vnd.oci.image.config.v1+json"}), layers: $layers}' | add_blob "$layout")
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
