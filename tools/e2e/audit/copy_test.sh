#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# waybill copy from registry to registry, through files, and back: every manifest is compared by digest with what crane
# and oras find at the other end. A signature by cosign on an attestation manifest, one on that signature, and a tag of cosign's
# go along, and cosign verifies them there. What fails half way moves no tag. Files need no network.
# shellcheck disable=SC2154 # host is set by start_registry
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
need_peers olareg registry oras crane cosign
cp -rL testdata/sample "$TEST_TMPDIR/sample"
cd "$TEST_TMPDIR"
copy() { "$WAYBILL" copy --progress quiet "$@"; }
# Where namespaces are to be had, there is not even loopback.
alone=()
if unshare --net true 2>/dev/null; then alone=(unshare --net); else echo "no network namespaces here: the network stays"; fi

start_registry olareg
olareg=$host
start_registry distribution
distribution=$host
start_registry "fake=--profile zot"
zot=$host

echo "# what there is to copy"
export SOURCE_DATE_EPOCH=1700000000
"$WAYBILL" export --progress quiet --result sample --output "type=registry,name=$olareg/app:1"
root=$(crane digest --insecure "$olareg/app:1")
attestation=$(crane manifest --insecure "$olareg/app:1" |
  jq -r '[.manifests[] | select(.annotations["vnd.docker.reference.type"] == "attestation-manifest")][0].digest')
image=$(crane manifest --insecure "$olareg/app:1" | jq -r '.manifests[0].digest')
echo signature >signature.txt
# attach DIGEST   Prints the digest of a signature on it.
attach() {
  oras attach --plain-http --format json --artifact-type application/x-signature "$olareg/app@$1" "signature.txt:text/plain" | jq -r .digest
}
export COSIGN_PASSWORD=
cosign generate-key-pair >keys.log 2>&1
readonly cosign_flags=(--allow-http-registry)
cosign sign --yes --key cosign.key --use-signing-config=false --tlog-upload=false "${cosign_flags[@]}" "$olareg/app@$attestation" >sign.log 2>&1 ||
  { cat sign.log; exit 1; }
signature=$(oras discover --plain-http --format json "$olareg/app@$attestation" | jq -r '.referrers[].digest')
counter=$(attach "$signature")
of_index=$(attach "$root")
cosign_tag=${image/:/-}.att
echo '{"a": "b"}' >predicate.json
cosign attest --yes --key cosign.key --use-signing-config=false --tlog-upload=false --new-bundle-format=false "${cosign_flags[@]}" \
  --type https://example.com/predicate --predicate predicate.json "$olareg/app@$image" >attest.log 2>&1 || { cat attest.log; exit 1; }
companion=$(crane digest --insecure "$olareg/app:$cosign_tag")
manifests=$({ crane manifest --insecure "$olareg/app:1" | jq -r '.manifests[].digest'; printf '%s\n' "$root" "$signature" "$counter" "$of_index"; } | sort)
equal "two images with attestations, three signatures" 8 "$(wc -l <<<"$manifests")"

# at_registry IMAGE   Everything is there, byte for byte, and oras finds it.
at_registry() {
  local repository=${1%:*} digest blob
  equal "the tag" "$root" "$(crane digest --insecure "$1")"
  for digest in $manifests $companion; do
    equal "$digest" "$digest" "sha256:$(crane manifest --insecure "$repository@$digest" | sha256sum | cut -d ' ' -f 1)"
    while read -r blob; do
      crane blob --insecure "$repository@$blob" >/dev/null || { echo "FAIL  blob $blob"; exit 1; }
    done < <(crane manifest --insecure "$repository@$digest" | jq -r '(.config // empty, .layers[]?) | .digest')
  done
  equal "cosign's tag" "$companion" "$(crane digest --insecure "$repository:$cosign_tag")"
  check "cosign verifies the signature" cosign verify --key cosign.pub --insecure-ignore-tlog "${cosign_flags[@]}" "$repository@$attestation"
  check "and the attestation of the tag" cosign verify-attestation --key cosign.pub --insecure-ignore-tlog --new-bundle-format=false "${cosign_flags[@]}" \
    --type https://example.com/predicate "$repository@$image"
  equal "oras finds the nested signatures" "$counter" "$(oras discover --plain-http --format json "$repository@$attestation" |
    jq -r --arg signature "$signature" '.referrers[] | select(.digest == $signature) | .referrers[].digest')"
  equal "and that of the index" "$of_index" "$(oras discover --plain-http --format json "$repository@$root" | jq -r '.referrers[].digest')"
}
# in_layout NAME   waybill's reader and the files agree.
in_layout() {
  equal "all manifests in $1" "$manifests" "$("$WAYBILL" inspect "$1" --json | jq -r '.objects[].digest' | sort -u)"
}

echo "# olareg to distribution"
check "is copied" copy "$olareg/app:1" "$distribution/app:1" --tag 2 --tag latest
at_registry "$distribution/app:1"
equal "all tags" "$root $root" "$(crane digest --insecure "$distribution/app:2") $(crane digest --insecure "$distribution/app:latest")"
equal "a list for each subject" "$(printf '%s\n' "$root" "$attestation" "$signature" "$(crane manifest --insecure "$distribution/app:1" |
  jq -r '.manifests[0:2][].digest')" | tr : - | sort)" "$(crane ls --insecure "$distribution/app" | grep -E '^sha256-[0-9a-f]{64}$' | sort)"
copy "$olareg/app:1" "$distribution/app:1" --json >again.json
equal "again, without a byte of a layer" "[]" "$(jq -c '.images[0].warnings' again.json)"
printf '      again: %s requests, %s bytes\n' "$(jq '.images[0].requests' again.json)" "$(jq '.images[0].bytesSent' again.json)"

echo "# distribution to a layout, to an archive"
check "to a layout" copy "$distribution/app:1" oci:layout:1
in_layout oci:layout:1
equal "blobs have their digests" "" "$(cd layout/blobs/sha256 && sha256sum -- * | awk '$1 != $2')"
check "to an archive, offline" "${alone[@]}" "$WAYBILL" copy --progress quiet oci:layout:1 oci-archive:image.tar:1
in_layout oci-archive:image.tar:1
check "and to another layout" "${alone[@]}" "$WAYBILL" copy --progress quiet oci-archive:image.tar:1 oci:other
equal "with the same blobs" "$(ls layout/blobs/sha256)" "$(ls other/blobs/sha256)"

echo "# back to registries"
check "to olareg" copy oci-archive:image.tar:1 "$olareg/back:1"
at_registry "$olareg/back:1"
check "to the zot profile" copy "$olareg/back:1" "$zot/app:1"
at_registry "$zot/app:1"
check "within one registry" copy "$olareg/app:1" "$olareg/mounted:1"
at_registry "$olareg/mounted:1"

echo "# less of it"
check "one platform" copy "$olareg/app:1" "$zot/one:1" --platform linux/amd64
equal "is its manifest" "$image" "$(crane digest --insecure "$zot/one:1")"
equal "with its attestation" "$attestation" "$(oras discover --plain-http --format json "$zot/one:1" | jq -r '.referrers[].digest')"
check "no referrers" copy "$olareg/app:1" "$zot/none:1" --referrers none
equal "no signature" 1 "$(exit_code crane manifest --insecure "$zot/none@$signature")"
crane tag --insecure "$olareg/app:1" old 2>/dev/null
check "all tags" copy "$olareg/app" "$zot/all" --all-tags
equal "each of them" "$(printf '1\nold\n%s' "$cosign_tag")" "$(crane ls --insecure "$zot/all" | sort)"

echo "# what fails"
equal "no such tag" 1 "$(exit_code copy "$olareg/app:3" "$zot/app:3")"
equal "no such platform" 1 "$(exit_code copy "$olareg/app:1" "$zot/app:3" --platform linux/s390x)"
equal "a docker archive" 1 "$(exit_code copy oci:layout:1 docker-archive:docker.tar)"
grep -q 'oci-archive:' err || { cat err; exit 1; }
start_registry "fake=--profile gitlab --fault missing-subject-refusal"
check "a registry that wants subjects first" copy "$olareg/app:1" "$host/app:1"
equal "has the signature of the index" "$of_index" "$(crane digest --insecure "$host/app@$of_index")"
start_registry "fake=--fault status=400@manifest-put"
equal "a registry that takes no manifest" 4 "$(exit_code copy oci:layout:1 "$host/app:1")"
equal "has no tag" 1 "$(exit_code crane digest --insecure "$host/app:1")"
cp -r layout damaged
chmod +w "damaged/blobs/sha256/${signature#sha256:}"
echo x >>"damaged/blobs/sha256/${signature#sha256:}"
equal "a damaged signature" 2 "$(exit_code copy oci:damaged:1 oci-archive:damaged.tar)"
equal "makes no archive" no "$([ -e damaged.tar ] || echo no)"
