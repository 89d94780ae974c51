# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by what counts the requests of a push: a result bundle for two platforms with ten layers of 1.2 MB each, attested
# (25 blobs, 5 manifests when it is an image). The layers are random; nothing unpacks them.

bundle=$TEST_TMPDIR/bundle

# add_blob   Standard input as a blob of the bundle; prints its digest.
add_blob() {
  local digest
  cat >"$bundle/new"
  digest=$(sha256sum "$bundle/new" | cut -d' ' -f1)
  mv "$bundle/new" "$bundle/blobs/sha256/$digest"
  echo "sha256:$digest"
}

make_bundle() {
  mkdir -p "$bundle/blobs/sha256"
  local architecture refs='{}' attestations='{}' metadata='{}' layers digest config predicate
  for architecture in amd64 arm64; do
    layers='[]'
    for _ in $(seq 10); do
      digest=$(head -c 1200000 /dev/urandom | add_blob)
      layers=$(jq -c --arg digest "$digest" '. + [{media_type: "application/vnd.oci.image.layer.v1.tar+gzip", digest: $digest, size: 1200000, diff_id: $digest}]' <<<"$layers")
    done
    config=$(jq -c --arg architecture "$architecture" '{architecture: $architecture, os: "linux", rootfs: {type: "layers", diff_ids: [.[].diff_id]}}' <<<"$layers")
    predicate=$(echo "{\"buildDefinition\":{\"buildType\":\"https://example.com/$architecture\"}}" | add_blob)
    refs=$(jq -c --arg id "linux/$architecture" --argjson layers "$layers" '.[$id] = {layers: $layers}' <<<"$refs")
    metadata=$(jq -c --arg key "containerimage.config/linux/$architecture" --arg config "$config" '.[$key] = {text: $config}' <<<"$metadata")
    attestations=$(jq -c --arg id "linux/$architecture" --arg predicate "$predicate" \
      '.[$id] = [{kind: "in-toto", path: "p", predicate_type: "https://slsa.dev/provenance/v1", metadata: {reason: "provenance"}, content: $predicate}]' <<<"$attestations")
  done
  jq -n --argjson refs "$refs" --argjson metadata "$metadata" --argjson attestations "$attestations" '{is_map: true, refs: $refs,
    attestations: $attestations, metadata: ($metadata + {"refs.platforms": {text: ({Platforms: [("amd64", "arm64") as $a |
    {ID: "linux/\($a)", Platform: {architecture: $a, os: "linux"}}]} | tojson)}})}' >"$bundle/result.json"
}
