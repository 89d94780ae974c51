#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# convert and attach on real registries, layouts and archives: there and back, refusals, and what stays when a step fails.
# shellcheck disable=SC2154 # host is set by start_registry
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
need_peers olareg registry oras crane
cp -rL testdata/sample "$TEST_TMPDIR/sample"
cd "$TEST_TMPDIR"
digest_of() { crane digest --insecure "$1"; }
images_of() { crane manifest --insecure "$1" | jq -c '[.manifests[] | select(.annotations["vnd.docker.reference.type"] == null) | .digest]'; }
platform_digest() { crane manifest --insecure "$1" | jq -r --arg arch "$2" '.manifests[] | select(.platform.architecture == $arch) | .digest'; }
# discovered IMAGE   The artifact types that oras finds for the manifest of amd64.
discovered() {
  oras discover --plain-http --format json "${1%:*}@$(platform_digest "$1" amd64)" | jq -r '.referrers[].artifactType' | sort | xargs
}
readonly type=application/vnd.docker.attestation.manifest.v1+json
export SOURCE_DATE_EPOCH=1700000000
"$WAYBILL" export --progress quiet --result sample --output type=oci,tar=false,dest=layout,name=example.com/app:1,oci-artifact=false
echo '{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://example.com/vex","author":"a","timestamp":"2024-01-01T00:00:00Z","version":1,"statements":[]}' >vex.json

for kind in olareg distribution fake; do
  echo "# $kind"
  start_registry "$kind"
  image=$host/app:1
  "$WAYBILL" export --progress quiet --result sample --output "type=registry,name=$image,oci-artifact=false"
  first=$(digest_of "$image") images=$(images_of "$image")
  equal "nothing refers to a legacy image" "" "$(discovered "$image")"
  check "a dry run" "$WAYBILL" convert "$image" --to artifact --dry-run
  equal "changes nothing" "$first" "$(digest_of "$image")"
  "$WAYBILL" convert "$image" --to artifact --json >convert.json
  equal "to the artifact form" "$first $(digest_of "$image") true 2" \
    "$(jq -r '"\(.from) \(.to) \([.changed[].restorable] | all) \(.changed | length)"' convert.json)"
  equal "images are the same" "$images" "$(images_of "$image")"
  equal "oras discovers it" $type "$(discovered "$image")"
  check "verified in both places" "$WAYBILL" verify "$image" --all-platforms --blobs --require sbom,provenance
  artifact=$(digest_of "$image")
  equal "again" "index $artifact: nothing to convert" "$("$WAYBILL" convert "$image" --to artifact)"
  check "back" "$WAYBILL" convert "$image" --to legacy
  equal "gives the first digest" "$first" "$(digest_of "$image")"
  check "into a layout" "$WAYBILL" convert "$image" --to artifact --output "oci:copied-$kind:1"
  equal "as in the registry" "$artifact" "$(jq -r '.manifests[0].digest' "copied-$kind/index.json")"
  equal "where the tag stays" "$first" "$(digest_of "$image")"
  equal "a digest cannot change" 1 "$(exit_code "$WAYBILL" convert "$host/app@$first" --to artifact)"
  says "--output"

  echo "# $kind: attach"
  check "a VEX document" "$WAYBILL" attach "$image" --attest type=vex,path=vex.json
  equal "the index is the same" "$first" "$(digest_of "$image")"
  equal "each platform has it as a referrer" "linux/amd64 linux/arm64" \
    "$("$WAYBILL" attestations "$image" --type vex --json | jq -r '.[] | select(.sources != ["index"]) | .about.platform' | xargs)"
  equal "its subject is the image" "pkg:docker/${host/:/%3A}/app@1?platform=linux%2Famd64" \
    "$("$WAYBILL" attestations "$image" --type vex --platform linux/amd64 --json | jq -r '.[0].subjects[0].name')"
  "$WAYBILL" attach "$image" --attest type=vex,path=vex.json >out
  equal "once" 2 "$(grep -c 'is already there' out)"
  arm64=$(platform_digest "$image" arm64)
  jq -cn --arg hex "${arm64#sha256:}" '{_type: "https://in-toto.io/Statement/v1", subject: [{digest: {sha256: $hex}}],
    predicateType: "https://example.com/x", predicate: {}}' | jq . >statement.json
  jq -n --arg payload "$(base64 -w 0 statement.json)" '{payloadType: "application/vnd.in-toto+json", payload: $payload, signatures: [{sig: "AA=="}]}' >envelope.json
  "$WAYBILL" attach "$image" --placement index --json --attest type=https://example.com/x,path=statement.json \
    --attest type=https://example.com/x,path=envelope.json >attach.json
  equal "a statement and an envelope, for the image that they name" "linux/arm64 sha256:$(sha256sum <statement.json | cut -d ' ' -f 1) sha256:$(sha256sum <envelope.json | cut -d ' ' -f 1)" \
    "$(jq -r '.attached[] | "\(.platform) \([.statements[].digest] | join(" "))"' attach.json)"
  equal "in the index, after the other entries" "$(jq -r '.attached[0].manifest' attach.json)" "$(crane manifest --insecure "$image" | jq -r '.manifests[-1].digest')"
  equal "the entries before are the same" "$(crane manifest --insecure "$host/app@$first" | jq -c .manifests)" "$(crane manifest --insecure "$image" | jq -c '.manifests[:-1]')"
  equal "and as a referrer" $type "$(oras discover --plain-http --format json "$host/app@$arm64" | jq -r '.referrers[].artifactType' | sort -u)"
  check "both are well" "$WAYBILL" verify "$image" --all-platforms --discovery any --require sbom,provenance,vex
  equal "another image's statement" 1 "$(exit_code "$WAYBILL" attach "$image" --attest type=https://example.com/x,path=statement.json,platform=linux/amd64)"
  says "none of its subjects"
  equal "another type's statement" 1 "$(exit_code "$WAYBILL" attach "$image" --attest type=vex,path=statement.json)"
  equal "no such platform" 1 "$(exit_code "$WAYBILL" attach "$image" --attest type=vex,path=vex.json,platform=linux/s390x)"
  equal "a legacy referrer" 1 "$(exit_code "$WAYBILL" attach "$image" --attest type=vex,path=vex.json --form legacy)"
  if [ $kind = distribution ]; then
    # A subject without API and without tag.
    "$WAYBILL" export --progress quiet --result sample --output "type=registry,name=$host/other:1,oci-artifact=false"
    check "no fallback tag on request" "$WAYBILL" convert "$host/other:1" --to artifact --referrers-fallback never
    equal "nothing is discovered" "" "$(discovered "$host/other:1")"
    equal "a registry without the API, when it is required" 4 "$(exit_code "$WAYBILL" attach "$host/other:1" --attest type=vex,path=vex.json --referrers-fallback require-api)"
  fi
done

echo "# a signature"
start_registry olareg
image=$host/app:1
"$WAYBILL" convert oci:layout --to artifact --output "$image"
attestation=$("$WAYBILL" attestations "$image" --platform linux/amd64 --json | jq -r '.[0].manifest')
oras attach --plain-http --artifact-type application/vnd.dev.sigstore.bundle.v0.3+json "$host/app@$attestation" vex.json:a/b >/dev/null
"$WAYBILL" convert "$image" --to legacy >out 2>err
says "1 manifest refers to $attestation, which is replaced"

echo "# files"
alone=()
if unshare --net true 2>/dev/null; then alone=(unshare --net); fi
waybill() { "${alone[@]}" "$WAYBILL" "$@"; }
root_of() { jq -r '[.manifests[] | select(.annotations["io.containerd.manifest.subject"] == null)][0].digest' "$1/index.json"; }
legacy=$(root_of layout)
cp layout/index.json first.json
waybill convert oci:layout --to artifact --json >convert.json
equal "a layout in its place has one image" "1 $(jq -r .to convert.json)" "$(jq -r '"\(.manifests | length) \(.manifests[0].digest)"' layout/index.json)"
check "is whole" waybill verify oci:layout --all-platforms --blobs --require sbom,provenance
check "and back" waybill convert oci:layout --to legacy
equal "with the names that it had" "$(jq -c .manifests first.json)" "$(jq -c .manifests layout/index.json)"
check "attached in a layout" waybill attach oci:layout --attest type=vex,path=vex.json
equal "by containerd's annotation" 2 "$(jq '[.manifests[] | select(.annotations["io.containerd.manifest.subject"])] | length' layout/index.json)"
equal "and found there" "layout layout" "$(waybill attestations oci:layout --type vex --json | jq -r '.[].sources[0]' | xargs)"
equal "the image is the same" "$legacy" "$(root_of layout)"
"$WAYBILL" export --progress quiet --result sample --output type=oci,dest=oci.tar,name=example.com/app:1,oci-artifact=false
cp oci.tar first.tar
check "an archive in its place" waybill convert oci-archive:oci.tar --to artifact
check "is whole" waybill verify oci-archive:oci.tar --all-platforms --blobs --require sbom,provenance
check "and back" waybill convert oci-archive:oci.tar --to legacy
equal "gives the same index" "$(tar -xOf first.tar index.json | jq -c .manifests)" "$(tar -xOf oci.tar index.json | jq -c .manifests)"
check "attached in the index of an archive" waybill attach oci-archive:oci.tar --placement index --form legacy --attest type=vex,path=vex.json
check "where it is" waybill verify oci-archive:oci.tar --all-platforms --require sbom,provenance,vex
# Two images in one archive.
cp -r layout two
jq -c '.manifests += [.manifests[0] | .annotations = {"org.opencontainers.image.ref.name": "2"}]' layout/index.json >two/index.json
tar -C two -cf two.tar blobs index.json oci-layout
equal "others in the archive would be lost" 1 "$(exit_code waybill convert oci-archive:two.tar:2 --to artifact)"
says "--output"
check "so it goes elsewhere" waybill convert oci-archive:two.tar:2 --to artifact --output oci-archive:new.tar:2

echo "# what cannot be restored"
# put FILE   Into the layout; prints digest and size.
put() {
  local hex
  hex=$(sha256sum <"$1" | cut -d ' ' -f 1)
  cp "$1" "strange/blobs/sha256/$hex"
  echo "sha256:$hex $(stat -c %s "$1")"
}
rm -rf strange && cp -r layout strange && chmod -R u+w strange
blob() { echo "strange/blobs/${1/:/\/}"; }
entry=$(jq -r '[.manifests[] | select(.annotations["vnd.docker.reference.type"])][0].digest' "$(blob "$legacy")")
jq '.config.annotations = {a: "b"} | .config.data = "e30="' "$(blob "$entry")" >manifest.json
read -r digest size < <(put manifest.json)
jq --arg old "$entry" --arg new "$digest" --argjson size "$size" '.manifests |= map(if .digest == $old then .digest = $new | .size = $size else . end)' \
  "$(blob "$legacy")" >index.json
read -r root size < <(put index.json)
jq -c --arg digest "$root" --argjson size "$size" '.manifests = [.manifests[0] | .digest = $digest | .size = $size]' layout/index.json >strange/index.json
check "the rest of the image is converted" waybill convert oci:strange --to artifact --json
equal "one manifest is left as it is" "$digest" "$(jq -r '.manifests[].digest' "$(blob "$(root_of strange)")" | grep -x "$digest")"
waybill convert oci:strange --to artifact >out 2>err
says "$digest is left as it is: it could not be restored"
check "unless it is forced" waybill convert oci:strange --to artifact --force
equal "then it is converted" "" "$(jq -r '.manifests[].digest' "$(blob "$(root_of strange)")" | grep -x "$digest" || true)"

echo "# steps that fail"
# start_with FAULT   A registry with the legacy image under the tag 1, which the fault concerns after that.
start_with() {
  start_registry "fake=--fault $1"
  image=$host/app:1
  log=$TEST_TMPDIR/registry-$((${#registry_pids[@]} - 1)).log
  "$WAYBILL" convert oci:layout --to legacy --output "$image" >/dev/null
  equal "the image is there" "$legacy" "$(digest_of "$image")"
  before=$(questions)
}
# The tag is asked for when the command begins, and once more before anything is written.
questions() { grep -cE "(HEAD|GET) /v2/app/manifests/1" "$log" || true; }
asked() { [ "$(questions)" -ge $((before + $1)) ]; }
start_with "status=400@manifest-put,path=/manifests/1,skip=1"
equal "a tag that is refused" 4 "$(exit_code "$WAYBILL" convert "$image" --to artifact)"
equal "stays" "$legacy" "$(digest_of "$image")"
start_with "status=400@manifest-put,path=/manifests/sha256,skip=4"
equal "a manifest that is refused" 4 "$(exit_code "$WAYBILL" convert "$image" --to artifact)"
equal "leaves the tag" "$legacy" "$(digest_of "$image")"
start_with "delay=1h@manifest-put,path=/manifests/sha256,skip=4"
"$WAYBILL" convert "$image" --to artifact >out 2>err &
converting=$!
eventually asked 2
kill -TERM $converting
code=0; wait $converting || code=$?
equal "interrupted" 130 "$code"
equal "leaves the tag as well" "$legacy" "$(digest_of "$image")"
start_with "delay=3s@manifest-get,path=$entry"
"$WAYBILL" convert "$image" --to artifact >out 2>err &
converting=$!
eventually asked 1
crane tag --insecure "$host/app@$(platform_digest "$image" amd64)" 1 >/dev/null 2>&1
moved=$(digest_of "$image")
code=0; wait $converting || code=$?
equal "a tag that moved meanwhile" "1 $moved" "$([ "$code" != 0 ] && echo 1) $(digest_of "$image")"
says "nothing was changed"
