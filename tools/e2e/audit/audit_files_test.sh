#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# inspect, attestations and verify on layouts and archives, without a network. What they say is compared with what jq, tar
# and sha256sum find in the files themselves. A statement of 400 MB takes less than 64 MiB.
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
readonly limit_kib=$((64 << 10))
cp -rL testdata/sample "$TEST_TMPDIR/sample"
cd "$TEST_TMPDIR"

# Where namespaces are to be had, there is not even loopback.
alone=()
if unshare --net true 2>/dev/null; then alone=(unshare --net); else echo "no network namespaces here: the network stays"; fi
waybill() { "${alone[@]}" "$WAYBILL" "$@"; }

export_to() { waybill export --progress quiet --result sample --output "$1"; }
export_to type=oci,tar=false,dest=layout,name=example.com/app:1
export_to type=oci,dest=oci.tar,name=example.com/app:1
# As docker save writes it: the layout with a manifest.json.
echo '[{"Config":"","RepoTags":["example.com/app:1"],"Layers":[]}]' >layout/manifest.json
tar -C layout -cf docker.tar blobs index.json manifest.json oci-layout

blob() { echo "layout/blobs/${1/:/\/}"; }
root=$(jq -r '.manifests[0].digest' layout/index.json)
# statements   "<image> <type> <digest>" of each, as the files have it.
statements() {
  local image manifest
  while read -r image manifest; do
    jq -r --arg image "$image" '.layers[] | "\($image) \(.annotations["in-toto.io/predicate-type"]) \(.digest)"' "$(blob "$manifest")"
  done < <(jq -r '.manifests[] | select(.annotations["vnd.docker.reference.type"] == "attestation-manifest") |
    "\(.annotations["vnd.docker.reference.digest"]) \(.digest)"' "$(blob "$root")") | sort
}

echo "# the same from a directory and from archives"
check "a layout is listed" waybill attestations oci:layout --json
waybill attestations oci:layout --json >layout.json
equal "its statements" "$(statements)" "$(jq -r '.[] | "\(.about.digest) \(.predicateType) \(.digest)"' layout.json | sort)"
equal "told by content" statement "$(jq -r '.[].content' layout.json | sort -u)"
equal "subjects of the attestation manifests" matches "$(jq -r '.[].subject' layout.json | sort -u)"
for name in oci-archive:oci.tar oci-archive:oci.tar:example.com/app:1 oci-archive:oci.tar:1 docker-archive:docker.tar; do
  equal "$name" "$(jq -r '.[] | "\(.about.platform) \(.predicateType)"' layout.json)" \
    "$(waybill attestations "$name" --json | jq -r '.[] | "\(.about.platform) \(.predicateType)"')"
done
manifest=$(jq -r '.manifests[] | select(.platform.architecture == "arm64") | .digest' "$(blob "$root")")
equal "an image inside the index, by digest" linux/arm64 "$(waybill inspect "oci:layout:$manifest" --json | jq -r '.objects[0].platform')"

echo "# documents"
sbom=$(statements | awk -v image="$manifest" '$1 == image && $2 == "https://spdx.dev/Document" { print $3 }')
waybill attestations oci:layout --platform linux/arm64 --type sbom --statement >statement
equal "a statement as it is stored" "$sbom" "sha256:$(sha256sum <statement | cut -d ' ' -f 1)"
waybill attestations oci:layout --platform linux/arm64 --type spdx --predicate >predicate
equal "the bare document" "$(jq -S .predicate "$(blob "$sbom")")" "$(jq -S . predicate)"
waybill attestations oci:layout --output all >names
equal "a file for each" "$(statements | wc -l)" "$(find all -type f | wc -l)"
equal "whose bytes are the blobs" "$(statements | awk '{ print $3 }' | sort)" \
  "$(sha256sum all/* | awk '{ print "sha256:" $1 }' | sort)"
equal "each is named" "$(sort names)" "$(find all -type f | sort)"
equal "several match" 1 "$(exit_code waybill attestations oci:layout --type slsa --predicate)"
grep -q -- '--platform' err || { cat err; exit 1; }
equal "none matches" 1 "$(exit_code waybill attestations oci:layout --type vex --predicate)"
equal "no such type" 1 "$(exit_code waybill attestations oci:layout --type sbomb)"
grep -q 'spdx, cyclonedx' err || { cat err; exit 1; }

echo "# the tree"
waybill inspect oci-archive:oci.tar >tree
equal "an image for each platform" 2 "$(grep -cE '^(├|└)─ linux/(amd64|arm64) sha256:' tree)"
equal "an attestation manifest below each" 2 "$(grep -cE '^(│| )  └─ attestation manifest sha256:.* \[index\]$' tree)"
equal "statements below these" 4 "$(grep -cE '^(│| )     (├|└)─ statement https://' tree)"
equal "nothing is wrong" 0 "$(grep -c '!' tree || true)"

echo "# verify"
check "all is well" waybill verify oci:layout --all-platforms --blobs --require sbom,provenance
equal "a type that is missing" 2 "$(exit_code waybill verify oci:layout --platform linux/amd64 --require vex)"
grep -q '^required: linux/amd64 sha256:[0-9a-f]*: it has no statement of type vex$' out || { cat out; exit 1; }
equal "Docker's chain ends at the signature" 2 "$(exit_code waybill verify oci:layout --all-platforms --chain)"
equal "by name" "chain-signature chain-signature" "$(cut -d : -f 1 out | grep chain | xargs)"
equal "no such platform" 1 "$(exit_code waybill verify oci:layout --platform linux/s390x)"

# damaged RULE BLOB   What verify says of a layout in which that blob has another byte.
damaged() {
  rm -rf damaged
  cp -r layout damaged
  local file=damaged/blobs/${2/:/\/}
  chmod +w "$file"
  printf 'x' | dd of="$file" bs=1 count=1 conv=notrunc status=none
  equal "a damaged $1 fails" 2 "$(exit_code waybill verify oci:damaged --all-platforms --blobs)"
  grep -q "^$1: [a-z0-9/ ]*$2" out || { cat out; exit 1; }
}
damaged statement "$sbom"
damaged manifest "$manifest"
damaged blob "$(jq -r '.layers[0].digest' "$(blob "$manifest")")"
damaged blob "$(jq -r '.config.digest' "$(blob "$manifest")")"
rm "damaged/blobs/${sbom/:/\/}"
waybill verify oci:damaged --all-platforms --json >verify.json 2>/dev/null && exit 1
equal "as JSON" "false statement" "$(jq -r '"\(.verified) \([.findings[].rule] | unique | join(" "))"' verify.json)"

echo "# a statement of 400 MB"
# put FILE   Into the layout; prints the descriptor.
put() {
  local hex size
  hex=$(sha256sum <"$1" | cut -d ' ' -f 1)
  size=$(stat -c %s "$1")
  mv "$1" "large/blobs/sha256/$hex"
  jq -cn --arg digest "sha256:$hex" --argjson size "$size" --arg type "$2" '{mediaType: $type, digest: $digest, size: $size}'
}
# packages   380 MB of them. The program that says yes does not end well.
packages() (
  set +o pipefail
  yes "{\"name\":\"$(printf '%0100d' 0)\"}," | head -n 3500000 | tr -d '\n'
)
readonly manifest_type=application/vnd.oci.image.manifest.v1+json
# BuildKit's order, and that of writers that sort their keys, in which the type comes last.
for order in first last; do
  rest=$(printf '"predicateType":"https://spdx.dev/Document","subject":[{"digest":{"sha256":"%s"}}]' "${manifest#sha256:}")
  {
    printf '{"_type":"https://in-toto.io/Statement/v1",%s"predicate":{"packages":[' "$([ $order = last ] || echo "$rest,")"
    packages
    printf '{}]}%s}' "$([ $order = first ] || echo ",$rest")"
  } >large.json
  rm -rf large
  cp -r layout large
  image=$(jq -c --arg digest "$manifest" '.manifests[] | select(.digest == $digest)' "$(blob "$root")")
  statement=$(put large.json application/vnd.in-toto+json)
  jq -n --argjson layer "$statement" --argjson subject "$image" '{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json",
    artifactType: "application/vnd.docker.attestation.manifest.v1+json", subject: $subject,
    config: {mediaType: "application/vnd.oci.empty.v1+json", size: 2,
      digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},
    layers: [$layer + {annotations: {"in-toto.io/predicate-type": "https://spdx.dev/Document"}}]}' >attestation.json
  jq -n --argjson image "$image" --argjson entry "$(put attestation.json $manifest_type)" '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [$image, $entry + {annotations: {"vnd.docker.reference.type": "attestation-manifest",
      "vnd.docker.reference.digest": $image.digest}}]}' >index.json
  jq -n --argjson entry "$(put index.json application/vnd.oci.image.index.v1+json)" '{schemaVersion: 2, manifests: [$entry]}' >large/index.json
  printf '      %s bytes, the predicate type %s\n' "$(jq .size <<<"$statement")" "$order"
  commands=("attestations oci:large --json")
  [ $order = last ] || commands+=("verify oci:large --all-platforms" "attestations oci:large --type spdx --output documents --predicate")
  for arguments in "${commands[@]}"; do
    read -ra words <<<"$arguments"
    check "waybill $arguments" /usr/bin/time -f '%M %e' -o used "$WAYBILL" "${words[@]}"
    read -r kib seconds <used
    printf '      %s s, peak RSS %d KiB (limit %d KiB)\n' "$seconds" "$kib" "$limit_kib"
    equal "in little memory" yes "$([ "$kib" -lt "$limit_kib" ] && echo yes)"
  done
  [ $order = last ] || mv documents/* document
done
equal "the document" "$(cat <(printf '{"packages":[') <(packages) <(printf '{}]}') | sha256sum)" "$(sha256sum <document)"
