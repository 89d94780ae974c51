#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# inspect, attestations and verify on real registries: the same statements from each of them, from a layout and from
# archives; a signature that oras attached; what regclient and oras keep in layouts; few round trips.
# shellcheck disable=SC2154 # host is set by start_registry
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
need_peers olareg registry oras regctl crane
cp -rL testdata/sample "$TEST_TMPDIR/sample"
cd "$TEST_TMPDIR"
# statements IMAGE   What is attested, as "<platform> <type> <digest>".
statements() { "$WAYBILL" attestations "$1" --json | jq -r '.[] | "\(.about.platform) \(.predicateType) \(.digest)"' | sort; }
# bundle_on REPOSITORY DIGEST   A signature, as cosign attaches it.
bundle_on() {
  echo '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","messageSignature":{"signature":"AA=="}}' >bundle.json
  oras attach --plain-http --artifact-type application/vnd.dev.sigstore.bundle.v0.3+json "$1@$2" \
    bundle.json:application/vnd.dev.sigstore.bundle.v0.3+json
}

export SOURCE_DATE_EPOCH=1700000000
"$WAYBILL" export --progress quiet --result sample --output type=oci,tar=false,dest=layout,name=example.com/app:1
"$WAYBILL" export --progress quiet --result sample --output type=oci,dest=oci.tar,name=example.com/app:1
expected=$(statements oci:layout)
equal "a layout has four statements" 4 "$(wc -l <<<"$expected")"
equal "an archive has the same" "$expected" "$(statements oci-archive:oci.tar)"

for kind in olareg distribution fake; do
  echo "# $kind"
  start_registry "$kind"
  image=$host/app:1
  "$WAYBILL" export --progress quiet --from oci:layout --output "type=registry,name=$image"
  equal "the same statements" "$(awk '{ print $1, $2 }' <<<"$expected")" "$(statements "$image" | awk '{ print $1, $2 }')"
  place=referrer
  [ $kind != distribution ] || place="fallback tag"
  equal "found in both places" "index+$place" "$("$WAYBILL" attestations "$image" --json | jq -r '.[].sources | join("+")' | sort -u)"
  check "verified" "$WAYBILL" verify "docker://$image" --all-platforms --blobs --require sbom,provenance
  attestation=$("$WAYBILL" attestations "$image" --platform linux/amd64 --json | jq -r '.[0].manifest')
  equal "oras lists the same manifest" "$attestation" "$(oras discover --plain-http --format json \
    "$host/app@$("$WAYBILL" attestations "$image" --platform linux/amd64 --json | jq -r '.[0].about.digest')" | jq -r '.referrers[0].digest')"
  equal "Docker's chain lacks a signature" 2 "$(exit_code "$WAYBILL" verify "$image" --platform linux/amd64 --chain)"
  check "oras attaches one to the attestation manifest" bundle_on "$host/app" "$attestation"
  check "the chain is whole" "$WAYBILL" verify "$image" --platform linux/amd64 --chain
  equal "it is a bundle by its content" sigstore-bundle "$("$WAYBILL" attestations "$image" --json |
    jq -r '.[] | select(.about.kind == "attestation") | .content')"
  equal "the tree has it below the attestation manifest" 1 \
    "$("$WAYBILL" inspect "$image" | grep -cE "artifact sha256:.* application/vnd.dev.sigstore.bundle.v0.3\+json \[$place\]$")"
  "$WAYBILL" attestations "$image" --type sbom --platform linux/arm64 --predicate >"sbom-$kind.json"
  check "an SBOM document" jq -e '.spdxVersion == "SPDX-2.3"' "sbom-$kind.json"
  equal "no such tag" 1 "$(exit_code "$WAYBILL" inspect "$host/app:2")"

  rm -rf copied regctl-layout
  check "oras copies it into a layout" oras copy -r --from-plain-http --to-oci-layout "$image" copied:1
  equal "where the signature is found" sigstore-bundle "$("$WAYBILL" attestations oci:copied:1 --json |
    jq -r '.[] | select(.about.kind == "attestation") | .content')"
  check "regctl copies it into a layout" regctl_at image copy --referrers "$image" ocidir://regctl-layout:1
  equal "where the fallback tag has it" "sigstore-bundle fallback tag" "$("$WAYBILL" attestations oci:regctl-layout:1 --json |
    jq -r '.[] | select(.about.kind == "attestation") | "\(.content) \(.sources[0])"')"

  # An older tool wrote over the subject; the registry lists what is wrong.
  if [ $kind = distribution ]; then
    platform=$("$WAYBILL" attestations "$image" --platform linux/amd64 --json | jq -r '.[0].about.digest')
    crane tag --insecure "$host/app:1" "${platform/:/-}" >/dev/null
    equal "a fallback tag that lists images" 2 "$(exit_code "$WAYBILL" verify "$image" --platform linux/amd64)"
    grep -qE '^(subject|discovery-referrers|referrers): ' out || { cat out err; exit 1; }
  fi
done

echo "# round trips"
start_registry olareg
# 40 platforms, all with two statements.
readonly types=application/vnd.oci.image
mkdir -p wide/blobs/sha256
echo '{"imageLayoutVersion":"1.0.0"}' >wide/oci-layout
# put TYPE <BYTES   Into the layout; prints the descriptor.
put() {
  local hex
  cat >blob
  hex=$(sha256sum <blob | cut -d ' ' -f 1)
  jq -cn --arg type "$1" --arg digest "sha256:$hex" --argjson size "$(stat -c %s blob)" '{mediaType: $type, digest: $digest, size: $size}'
  mv blob "wide/blobs/sha256/$hex"
}
empty=$(printf '{}' | put application/vnd.oci.empty.v1+json)
entries=()
for number in {1..40}; do
  platform=$(jq -cn --arg a "arch$number" '{os: "linux", architecture: $a}')
  config=$(jq -c '. + {rootfs: {type: "layers", diff_ids: []}}' <<<"$platform" | put $types.config.v1+json)
  image=$(jq -n --argjson c "$config" '{schemaVersion: 2, config: $c, layers: []}' | put $types.manifest.v1+json)
  layers=()
  for type in https://spdx.dev/Document https://slsa.dev/provenance/v1; do
    layers+=("$(jq -n --arg t $type --argjson i "$image" '{_type: "https://in-toto.io/Statement/v1", predicateType: $t,
      subject: [{name: "_", digest: {sha256: ($i.digest | ltrimstr("sha256:"))}}], predicate: {}}' | put application/vnd.in-toto+json |
      jq -c --arg t $type '. + {annotations: {"in-toto.io/predicate-type": $t}}')")
  done
  attestation=$(jq -n --argjson c "$empty" --argjson s "$image" --argjson l "[$(IFS=,; echo "${layers[*]}")]" '{schemaVersion: 2, config: $c,
    mediaType: "application/vnd.oci.image.manifest.v1+json", artifactType: "application/vnd.docker.attestation.manifest.v1+json",
    layers: $l, subject: $s}' | put $types.manifest.v1+json)
  entries+=("$(jq -c --argjson p "$platform" '. + {platform: $p}' <<<"$image")" "$(jq -c --argjson i "$image" '. + {platform:
    {os: "unknown", architecture: "unknown"}, annotations: {"vnd.docker.reference.type": "attestation-manifest",
    "vnd.docker.reference.digest": $i.digest}}' <<<"$attestation")")
done
index=$(jq -n --argjson m "[$(IFS=,; echo "${entries[*]}")]" '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: $m}' |
  put $types.index.v1+json)
jq -n --argjson i "$index" '{schemaVersion: 2, manifests: [$i]}' >wide/index.json
check "40 platforms are pushed to olareg" "$WAYBILL" export --progress quiet --from oci:wide --output "type=registry,name=$host/wide:1"
check "all is well" "$WAYBILL" verify "$host/wide:1" --all-platforms --require sbom,provenance
"$DELAY_PROXY" "${host##*:}" 50ms 50ms >proxy.log 2>&1 &
registry_pids+=($!)
far=127.0.0.1:$(listening_port $!)
# seconds COMMAND...
seconds() { /usr/bin/time -f %e -o time "$@" >out 2>&1 || { cat out; exit 1; }; cat time; }
ours=$(seconds "$WAYBILL" attestations "$far/wide:1" --json)
mv out list.json
equal "80 statements" 80 "$(jq length list.json)"
printf '      at 50 ms: waybill attestations of 40 platforms %s s; oras discover of one of them %s s\n' "$ours" \
  "$(seconds oras discover --plain-http "$far/wide@$(jq -r '.[0].about.digest' list.json)")"
