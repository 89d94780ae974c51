#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Images that buildkitd itself pushed in its legacy form, converted where they lie: what oras, buildx and verify say
# before and after, and back.
# shellcheck disable=SC2154 # daemon and host are set by the functions that start them
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
need_peers buildkitd buildctl olareg registry oras buildx crane
need_buildkit

cd "$TEST_TMPDIR"
mkdir app
head -c 1000 /dev/urandom >app/random
printf 'FROM scratch\nCOPY random /random\n' >app/Dockerfile
start_daemon daemon
images_of() { crane manifest --insecure "$1" | jq -c '[.manifests[] | select(.annotations["vnd.docker.reference.type"] == null)]'; }
# seen   What buildx shows of the image's provenance, by platform.
seen() { buildx imagetools inspect --format '{{json .Provenance}}' "$1" | jq -S .; }
discovered() {
  local digest
  for digest in $(images_of "$1" | jq -r '.[].digest'); do
    oras discover --plain-http --format json "${1%:*}@$digest" | jq -r '.referrers[].artifactType'
  done | xargs
}
readonly type=application/vnd.docker.attestation.manifest.v1+json

for kind in olareg distribution; do
  echo "# $kind"
  start_registry $kind
  image=$host/app:1
  build "$daemon" app --opt platform=linux/amd64,linux/arm64 --opt attest:provenance=mode=max --opt build-arg:SOURCE_DATE_EPOCH=1700000000 \
    --output "type=image,name=$image,push=true,oci-mediatypes=true,oci-artifact=false" >build.log 2>&1 || fail "$(cat build.log)"
  first=$(crane digest --insecure "$image")
  images=$(images_of "$image")
  provenance=$(seen "$image")
  equal "buildx sees provenance of both platforms" "linux/amd64 linux/arm64" "$(jq -r 'keys | join(" ")' <<<"$provenance")"
  equal "oras discovers nothing" "" "$(discovered "$image")"
  check "to the artifact form" "$WAYBILL" convert "$image" --to artifact
  equal "images are the same" "$images" "$(images_of "$image")"
  equal "oras discovers both" "$type $type" "$(discovered "$image")"
  equal "buildx sees the same" "$provenance" "$(seen "$image")"
  check "verified in both places" "$WAYBILL" verify "$image" --all-platforms --blobs --require provenance
  check "back" "$WAYBILL" convert "$image" --to legacy
  equal "gives the index that buildkitd pushed" "$first" "$(crane digest --insecure "$image")"

  jq -n '{spdxVersion: "SPDX-2.3", SPDXID: "SPDXRef-DOCUMENT", name: "app", packages: []}' >sbom.json
  check "an SBOM is attached" "$WAYBILL" attach "$image" --attest type=spdx,path=sbom.json --placement index
  equal "buildx sees it" "SPDX-2.3 SPDX-2.3" "$(buildx imagetools inspect --format '{{json .SBOM}}' "$image" | jq -r '.[].SPDX.spdxVersion' | xargs)"
  equal "and the provenance" "$provenance" "$(seen "$image")"

  # The other way round.
  build "$daemon" app --opt platform=linux/amd64,linux/arm64 --opt build-arg:SOURCE_DATE_EPOCH=1700000000 --opt attest:provenance=mode=min \
    --output "type=image,name=$host/new:1,push=true,oci-mediatypes=true,oci-artifact=true" >build.log 2>&1 || fail "$(cat build.log)"
  first=$(crane digest --insecure "$host/new:1")
  check "BuildKit's artifact form becomes legacy" "$WAYBILL" convert "$host/new:1" --to legacy
  equal "for both platforms" 2 "$(crane manifest --insecure "$host/new:1" | jq -r '.manifests[] | select(.annotations["vnd.docker.reference.type"]) | .digest' |
    while read -r digest; do crane manifest --insecure "$host/new@$digest" | jq -r 'select(.subject == null) | .config.mediaType'; done | grep -c image.config)"
  check "and back" "$WAYBILL" convert "$host/new:1" --to artifact
  equal "to the index that buildkitd pushed" "$first" "$(crane digest --insecure "$host/new:1")"
done
