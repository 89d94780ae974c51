#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# attestation-profiles, sign, sign-image and require: cosign finds what one push left in every form, on registries with and
# without the Referrers API, and the index is the one of a push without them.
# shellcheck disable=SC2154 # host is set by start_registry
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
need_peers olareg registry oras crane cosign cosign-v2 policy-chain regctl
cp -rL testdata/sample testdata/keys "$TEST_TMPDIR"
cd "$TEST_TMPDIR"
export SOURCE_DATE_EPOCH=1700000000 WAYBILL_PASSPHRASE=wayward
readonly insecure=(--insecure-ignore-tlog --allow-http-registry)
readonly profiles='"attestation-profiles=docker,bundle,raw,in-toto"' spdx=https://spdx.dev/Document
echo '{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.com/vex", "author": "us", "statements": []}' >vex.json
# push IMAGE [OPTION...]   The sample, which has two platforms, with SBOMs, provenance and a VEX document.
push() {
  local image=$1
  shift
  "$WAYBILL" export --progress plain --result sample --attest type=vex,path=vex.json \
    --output "$(IFS=,; echo "type=registry,name=$image,oci-artifact=true${*:+,$*}")"
}
platform_digest() { crane manifest --insecure "$1" | jq -r --arg arch "$2" '.manifests[] | select(.platform.architecture == $arch) | .digest'; }
attested() { cosign verify-attestation --key keys/cosign.pub "${insecure[@]}" --type "$1" "$2"; }
signed() { cosign verify --key keys/cosign.pub "${insecure[@]}" "$1"; }
types() { oras discover --plain-http --format json "$1" | jq -r '.referrers[].artifactType' | LC_ALL=C sort | uniq -c | awk '{print $2 "=" $1}' | paste -sd ' '; }

# who NAME DIGEST   What the matrix says that a program finds.
who() { jq -r --arg who "$1" --arg digest "$2" '.lookUps[] | select(.consumer == $who and .digest == $digest) | .found | sort | unique | join(" ")' matrix.json; }

for kind in olareg distribution; do
  start_registry "$kind"
  echo "# all profiles on $kind"
  image=$host/app:1
  check "a push with the docker profile alone" push "$image"
  plain=$(crane digest --insecure "$image")
  check "a push with all of them, read back" push "$image" "$profiles" sign=keys/cosign.key sign-image=true verify=true
  root=$(crane digest --insecure "$image")
  equal "the index is the same" "$plain" "$root"
  amd64=$(platform_digest "$image" amd64) arm64=$(platform_digest "$image" arm64)
  for digest in "$amd64" "$arm64"; do
    check "cosign finds the SBOM" attested spdxjson "$host/app@$digest"
    check "the provenance" attested slsaprovenance1 "$host/app@$digest"
    check "the VEX document" attested openvex "$host/app@$digest"
    check "and the signature" signed "$host/app@$digest"
    bundle=application/vnd.dev.sigstore.bundle.v0.3+json
    equal "each form is listed" \
      "application/spdx+json=1 $bundle=4 application/vnd.docker.attestation.manifest.v1+json=1 application/vnd.in-toto+json=3" \
      "$(types "$host/app@$digest")"
    document=$(oras discover --plain-http --format json "$host/app@$digest" | jq -r '.referrers[] | select(.artifactType == "application/spdx+json") | .digest')
    crane blob --insecure "$host/app@$(crane manifest --insecure "$host/app@$document" | jq -r '.layers[0].digest')" >document.json
    "$WAYBILL" attestations "$host/app@$digest" --type $spdx --json >list.json
    statement=$(jq -r '[.. | objects | select(.predicateType? == "'$spdx'" and .mediaType? == "application/vnd.in-toto+json")][0].digest' list.json)
    crane blob --insecure "$host/app@$statement" | jq -S .predicate >expected.json
    jq -S . document.json >actual.json
    check "the document is the one in the statement" cmp expected.json actual.json
  done
  check "the provenance by tag" attested slsaprovenance1 "$image"
  check "the signature by tag" signed "$image"
  equal "no SBOM by tag, because there are two platforms" yes "$(attested spdxjson "$image" >/dev/null 2>err || echo yes)"
  attestation=$(crane manifest --insecure "$image" | jq -r '[.manifests[] | select(.annotations["vnd.docker.reference.type"])][0].digest')
  check "the attestation manifest is signed" signed "$host/app@$attestation"
  check "waybill verifies all of it" "$WAYBILL" verify "$image" --all-platforms --chain --key keys/cosign.pub
  check "Docker's policy helpers follow the chain" policy-chain "$host/app@$root" linux/amd64
  equal "to the signature" "image $amd64, attestation, signature" \
    "$(policy-chain "$host/app@$root" linux/amd64 | awk '{print $1 == "image" ? $0 : $1}' | paste -sd, | sed 's/,/, /g')"
  check "cosign lists it" cosign tree --allow-http-registry "$image"
  "$WAYBILL" matrix "$image" --json >matrix.json
  equal "the matrix says what cosign found by tag" https://slsa.dev/provenance/v1 "$(who "cosign 3 verify-attestation" "$root")"
  equal "and by digest" "https://openvex.dev/ns https://slsa.dev/provenance/v1 $spdx" "$(who "cosign 3 verify-attestation" "$amd64")"
  equal "and that Ratify finds a document" application/spdx+json "$(who "Ratify, sbom" "$arm64")"
  equal "and Trivy none by tag" "" "$(who "Trivy, SBOM" "$root")"
  before=$(types "$host/app@$amd64")
  check "documents again" push "$image" '"attestation-profiles=docker,raw"'
  equal "add nothing" "$before" "$(types "$host/app@$amd64")"

  echo "# one platform on $kind"
  "$WAYBILL" export --progress quiet --from "docker://$image@$amd64" \
    --output "type=registry,name=$host/one:1,oci-artifact=true,sign=keys/cosign.key" 2>err || { cat err; exit 1; }
  check "the SBOM by tag" attested spdxjson "$host/one:1"
  equal "documents by tag" "application/spdx+json=1 $bundle=3 application/vnd.in-toto+json=1" "$(types "$host/one:1")"
done

echo "# cosign before v3"
attested2() { cosign-v2 verify-attestation --key keys/cosign.pub "${insecure[@]}" --type "$1" "$2"; }
layers() { crane manifest --insecure "$host/two:sha256-${1#sha256:}.att" | jq '.layers | length'; }
for kind in olareg distribution; do
  start_registry "$kind"
  image=$host/two:1
  check "an image on $kind" push "$image"
  root=$(crane digest --insecure "$image") amd64=$(platform_digest "$image" amd64) arm64=$(platform_digest "$image" arm64)
  echo '{"by": "another"}' >predicate.json
  check "cosign 2 attests an image on $kind" env COSIGN_PASSWORD=wayward cosign-v2 attest --yes --tlog-upload=false --allow-http-registry \
    --key keys/cosign.key --type custom --predicate predicate.json "$host/two@$amd64"
  check "a push beside it" push "$image" '"attestation-profiles=docker,cosign-tag"' sign=keys/cosign.key
  for digest in "$amd64" "$arm64"; do
    check "cosign 2 finds the SBOM" attested2 spdxjson "$host/two@$digest"
    check "and the provenance" attested2 slsaprovenance1 "$host/two@$digest"
    check "cosign 3 finds it in a bundle" attested slsaprovenance1 "$host/two@$digest"
  done
  check "cosign 2 finds the provenance by tag" attested2 slsaprovenance1 "$image"
  check "what was there before is still there" attested2 custom "$host/two@$amd64"
  equal "each statement is there once" "4 3 2" "$(layers "$amd64") $(layers "$arm64") $(layers "$root")"
  tag=$host/two:sha256-${amd64#sha256:}.att
  equal "the config lists the layers" "$(crane manifest --insecure "$tag" | jq -c '[.layers[].digest]')" \
    "$(crane config --insecure "$tag" | jq -c .rootfs.diff_ids)"
  check "the same push" push "$image" '"attestation-profiles=docker,cosign-tag"' sign=keys/cosign.key
  equal "adds nothing" "4 3 2" "$(layers "$amd64") $(layers "$arm64") $(layers "$root")"
  check "cosign 2 attests once more" env COSIGN_PASSWORD=wayward cosign-v2 attest --yes --tlog-upload=false --allow-http-registry \
    --key keys/cosign.key --type custom --predicate predicate.json "$host/two@$arm64"
  check "and still finds the SBOM" attested2 spdxjson "$host/two@$arm64"
  "$WAYBILL" matrix "$image" --json >matrix.json
  equal "the matrix says what cosign 2 found by tag" https://slsa.dev/provenance/v1 "$(who "cosign 2 verify-attestation" "$root")"
  check "an image that exists gets the tag" "$WAYBILL" publish "$host/two@$amd64" --profiles cosign-tag --key keys/ed25519.key
  check "for another key" cosign-v2 verify-attestation --key keys/ed25519.pub "${insecure[@]}" --type spdxjson "$host/two@$amd64"
done

echo "# an image that exists"
"$WAYBILL" export --progress quiet --result sample --output "type=registry,name=$host/old:1"
old=$(crane digest --insecure "$host/old:1")
check "its documents" "$WAYBILL" publish "$host/old:1" --profiles raw
check "all forms" "$WAYBILL" publish "$host/old:1" --profiles bundle,raw,in-toto --key keys/cosign.key --image
equal "once" "$old: published 0, there already 17" "$("$WAYBILL" publish "$host/old:1" --profiles bundle,raw,in-toto --key keys/cosign.key --image)"
equal "the index is the same" "$old" "$(crane digest --insecure "$host/old:1")"
check "cosign finds the provenance by tag" attested slsaprovenance1 "$host/old:1"
check "and verifies the image" signed "$host/old:1"
equal "bundles without a key" 1 "$(exit_code "$WAYBILL" publish "$host/old:1" --profiles bundle)"
says 'needs "sign"'

echo "# after a change"
"$WAYBILL" export --progress quiet --result sample --output "type=registry,name=$host/changed:1"
echo '{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://example.com/vex/2","author":"us","statements":[]}' >vex2.json
written=(--profiles "bundle,raw,in-toto" --key keys/cosign.key)
equal "a key that is not there" 1 "$(exit_code "$WAYBILL" attach "$host/changed:1" --attest type=vex,path=vex2.json --profiles bundle --key keys/none.key)"
equal "attaches nothing" 0 "$(oras discover --plain-http --format json "$host/changed@$(platform_digest "$host/changed:1" amd64)" | grep -c in-toto || true)"
equal "a key without profiles" 1 "$(exit_code "$WAYBILL" attach "$host/changed:1" --attest type=vex,path=vex2.json --key keys/cosign.key)"
says 'need --profiles'
equal "a try" 1 "$(exit_code "$WAYBILL" convert "$host/changed:1" --to artifact --dry-run "${written[@]}")"
says '--profiles beside --dry-run'
equal "attached and published" 0 "$(exit_code "$WAYBILL" attach "$host/changed:1" --attest type=vex,path=vex2.json --json --sign-image "${written[@]}")"
equal "in one object" "bundle in-toto" \
  "$(jq -r '[.forms[].published[] | select(.predicateType == "https://openvex.dev/ns") | .form] | unique | join(" ")' out)"
check "cosign finds the new document" attested openvex "$host/changed@$(platform_digest "$host/changed:1" amd64)"
check "and verifies the image" signed "$host/changed:1"
check "converted and published" "$WAYBILL" convert "$host/changed:1" --to artifact --output "$host/changed:2" "${written[@]}"
check "cosign finds the provenance of the new index" attested slsaprovenance1 "$host/changed:2"
check "copied and published" "$WAYBILL" copy --progress quiet "$host/changed" "$host/copied" --all-tags "${written[@]}"
for tag in 1 2; do check "cosign finds the provenance of each tag" attested slsaprovenance1 "$host/copied:$tag"; done
check "into a layout" "$WAYBILL" copy --progress quiet "$host/changed:1" oci:changed:1 --profiles bundle --key keys/ed25519.key
check "which is signed by that key" "$WAYBILL" verify oci:changed --all-platforms --key keys/ed25519.pub
equal "into an archive" 1 "$(exit_code "$WAYBILL" copy "$host/changed:1" oci-archive:changed.tar --profiles raw)"
says 'copy to a layout with --profiles'
equal "writes nothing" no "$([ -e changed.tar ] && echo yes || echo no)"
check "the layout to the archive" "$WAYBILL" copy --progress quiet oci:changed:1 oci-archive:changed.tar
check "which has the signatures" "$WAYBILL" verify oci-archive:changed.tar --all-platforms --key keys/ed25519.pub

echo "# files"
check "a layout" "$WAYBILL" export --progress plain --result sample \
  --output "type=oci,tar=false,dest=layout,name=example.com/app:1,oci-artifact=true,sign=keys/ed25519.key,sign-image=true"
check "an archive" "$WAYBILL" export --progress plain --result sample \
  --output "type=oci,dest=app.tar,name=example.com/app:1,oci-artifact=true,sign=keys/ed25519.key,sign-image=true"
for place in oci:layout oci-archive:app.tar; do
  check "$place is verified" "$WAYBILL" verify "$place" --all-platforms --chain --key keys/ed25519.pub
done
check "copied to a registry" "$WAYBILL" copy --progress quiet oci-archive:app.tar "$host/from-archive:1"
check "cosign verifies it there" cosign verify --key keys/ed25519.pub "${insecure[@]}" "$host/from-archive:1"

echo "# what is required"
equal "a type that is missing" 2 "$(exit_code push "$host/required:1" '"require=sbom,vuln"')"
says 'exporter option "require": linux/amd64 sha256:'
equal "nothing is pushed" 1 "$(exit_code crane digest --insecure "$host/required:1")"
check "what is there" push "$host/required:1" '"require=sbom,provenance,vex,signed"' sign=keys/cosign.key

echo "# refusals"
refused() { equal "$1" 1 "$(exit_code push "$host/refused:1" "${@:3}")"; says "$2"; }
refused "bundles without a key" 'needs "sign"' '"attestation-profiles=docker,bundle"'
refused "a profile that is none" 'one of docker, bundle, raw, in-toto, cosign-tag is expected' '"attestation-profiles=docker,sbom"'
refused "profiles without docker" 'lacks docker' attestation-profiles=raw
refused "a key that is not there" 'exporter option "sign": ' sign=keys/none.key
refused "sign-image without a key" 'needs "sign"' sign-image=true
refused "an index for documents" 'one of auto, image, both is expected' attestation-profiles=docker raw-subject=index
refused "a subject that is none" 'invalid bundle-subject' sign=keys/cosign.key bundle-subject=tag
WAYBILL_PASSPHRASE=wrongpassphrase refused "a wrong passphrase" 'cannot be read with this passphrase' sign=keys/cosign.key
equal "is not told" 0 "$(cat out err | grep -c wrongpassphrase || true)"
equal "an archive has no tags of cosign" 1 "$(exit_code "$WAYBILL" export --result sample \
  --output 'type=oci,dest=tagged.tar,"attestation-profiles=docker,cosign-tag",sign=keys/cosign.key')"
says 'needs a push: cosign reads its tags in registries only'
equal "nor has a layout" 1 "$(exit_code "$WAYBILL" publish oci:layout --profiles cosign-tag --key keys/ed25519.key)"
says 'cosign reads its tags in registries only'
equal "local files have no such options" 1 "$(exit_code "$WAYBILL" export --result sample --output type=local,dest=files,attestation-profiles=docker)"
says 'has no meaning for type local'

echo "# a registry that refuses subjects"
start_registry "fake=--profile gitlab"
check "attestations of the old form" push "$host/app:1" sign=keys/cosign.key attestation-refused=legacy
equal "nothing refers to them" 0 "$("$WAYBILL" inspect --json "$host/app:1" | grep -c bundle || true)"
