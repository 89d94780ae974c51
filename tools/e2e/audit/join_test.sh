#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# join: images of two builders as one, with their attestations and a signature on one of these.
# shellcheck disable=SC2154 # host is set by start_registry
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
need_peers olareg registry oras buildx crane
cp -rL testdata/sample "$TEST_TMPDIR/sample"
cd "$TEST_TMPDIR"
statements() { "$WAYBILL" attestations "$1" --json | jq -r '.[] | select(.content == "statement") | "\(.about.platform) \(.predicateType) \(.digest)"' | sort; }
export SOURCE_DATE_EPOCH=1700000000
"$WAYBILL" export --progress quiet --result sample --output type=oci,tar=false,dest=layout,name=example.com/app:1

for kind in olareg distribution; do
  echo "# $kind"
  start_registry $kind
  for arch in amd64 arm64; do
    form=true
    [ $arch = amd64 ] || form=false
    "$WAYBILL" export --progress quiet --from oci:layout --platform linux/$arch --output "type=registry,name=$host/$arch:1,oci-artifact=$form"
  done
  attestation=$("$WAYBILL" attestations "$host/amd64:1" --json | jq -r '.[0].manifest')
  echo '{}' >bundle.json
  oras attach --plain-http --artifact-type application/vnd.dev.sigstore.bundle.v0.3+json "$host/amd64@$attestation" bundle.json:a/b >/dev/null
  expected=$(statements "$host/amd64:1"; statements "$host/arm64:1")
  "$WAYBILL" join --name "$host/app:1" "$host/amd64:1" "$host/arm64:1" --json >join.json
  equal "two platforms" "linux/amd64 linux/arm64 true $(crane digest --insecure "$host/app:1")" \
    "$(jq -r '"\([.images[].platform] | join(" ")) \(.written) \(.digest)"' join.json)"
  equal "images before attestations" "amd64 arm64 unknown unknown" "$(crane manifest --insecure "$host/app:1" | jq -r '[.manifests[].platform.architecture] | join(" ")')"
  equal "their statements" "$(sort <<<"$expected")" "$(statements "$host/app:1")"
  check "is whole" "$WAYBILL" verify "$host/app:1" --all-platforms --blobs --discovery index --require sbom,provenance
  equal "the signature came along" application/vnd.dev.sigstore.bundle.v0.3+json \
    "$(oras discover --plain-http --format json "$host/app@$attestation" | jq -r '.referrers[].artifactType')"
  equal "buildx sees provenance of both" "linux/amd64 linux/arm64" \
    "$(buildx imagetools inspect --format '{{json .Provenance}}' "$host/app:1" | jq -r 'keys | join(" ")')"
  check "again, into a layout" "$WAYBILL" join --name "oci:joined-$kind:1" "$host/amd64:1" "$host/arm64:1"
  equal "with the same digest" "$(jq -r .digest join.json)" \
    "$(jq -r '.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == "1") | .digest' "joined-$kind/index.json")"
done

echo "# two images of one platform"
config=$(printf '{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]}}' >config && sha256sum <config | cut -d ' ' -f 1)
mkdir -p small/blobs/sha256
cp config "small/blobs/sha256/$config"
jq -cn --arg digest "sha256:$config" --argjson size "$(stat -c %s config)" '{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json",
  config: {mediaType: "application/vnd.oci.image.config.v1+json", digest: $digest, size: $size}, layers: []}' >manifest
manifest=$(sha256sum <manifest | cut -d ' ' -f 1)
cp manifest "small/blobs/sha256/$manifest"
echo '{"imageLayoutVersion":"1.0.0"}' >small/oci-layout
jq -cn --arg digest "sha256:$manifest" --argjson size "$(stat -c %s manifest)" '{schemaVersion: 2, manifests: [{mediaType:
  "application/vnd.oci.image.manifest.v1+json", digest: $digest, size: $size}]}' >small/index.json
equal "are refused" 1 "$(exit_code "$WAYBILL" join --name "oci:both:1" "$host/app:1" oci:small)"
grep -q "image oci:small: its image of linux/amd64 is sha256:$manifest, and that of $host/app:1 is sha256:" err || { cat err; exit 1; }
equal "and nothing is written" no "$([ -e both ] && echo yes || echo no)"
check "one of them is an image" "$WAYBILL" join --name "oci:both:1" "$host/arm64:1" oci:small
equal "with the platform of its config" "arm64 amd64" "$("$WAYBILL" inspect oci:both:1 --json | jq -r '.objects[] | select(.kind == "image") | .platform' | sed 's#linux/##' | xargs)"
