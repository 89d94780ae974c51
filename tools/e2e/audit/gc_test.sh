#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# gc on real registries and layouts: what refers to images that are gone goes, and the rest stays byte for byte.
# shellcheck disable=SC2154 # host is set by start_registry
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
need_peers olareg registry oras crane regctl
cp -rL testdata/sample "$TEST_TMPDIR/sample"
cd "$TEST_TMPDIR"
digest_of() { crane digest --insecure "$1"; }
platform_digest() { crane manifest --insecure "$1" | jq -r --arg arch "$2" '.manifests[] | select(.platform.architecture == $arch) | .digest'; }
tag_of() { echo "${1/:/-}"; }
# contents REPO   Every tag with the sha256 of the bytes behind it.
contents() { for tag in $(crane ls --insecure "$1" | sort); do echo "$tag $(crane manifest --insecure "$1:$tag" | sha256sum | cut -d ' ' -f 1)"; done; }
without() { grep -vF -- "$1" || true; }
export SOURCE_DATE_EPOCH=1700000000
"$WAYBILL" export --progress quiet --result sample --output type=oci,tar=false,dest=layout,name=example.com/app:1
"$WAYBILL" export --progress quiet --result sample --output type=oci,tar=false,dest=other,name=example.com/app:2,annotation-manifest.a=b
echo '{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://example.com/vex","author":"a","timestamp":"2024-01-01T00:00:00Z","version":1,"statements":[]}' >vex.json
jq -c '.author = "b"' vex.json >again.json
echo a >file

for kind in olareg distribution fake "fake=--profile distribution"; do
  echo "# $kind"
  start_registry "$kind"
  app=$host/app
  # olareg lists nothing any more by its API once a fallback tag was pushed.
  fallback=always lists="fallback tag"
  if [ "$kind" = olareg ]; then fallback=auto lists=""; fi
  "$WAYBILL" copy --progress quiet oci:layout "$app:1" --referrers-fallback $fallback >/dev/null
  "$WAYBILL" copy --progress quiet oci:other "$app:2" --referrers-fallback $fallback >/dev/null
  check "a VEX document" "$WAYBILL" attach "$app:1" --attest type=vex,path=vex.json --referrers-fallback $fallback
  amd64=$(platform_digest "$app:1" amd64) arm64=$(platform_digest "$app:1" arm64) other=$(platform_digest "$app:2" amd64)
  crane append --insecure --new_layer file --new_tag "$app:$(tag_of "$amd64").sig" >/dev/null 2>&1
  crane append --insecure --new_layer vex.json --new_tag "$app:$(tag_of "$other").att" >/dev/null 2>&1
  # An image that somebody gave such a tag.
  crane tag --insecure "$app:2" "sha256-$(printf '%064d' 7)" >/dev/null 2>&1
  contents "$app" >before
  equal "nothing is gone" "nothing to remove" "$("$WAYBILL" gc "$app" 2>err)"
  grep -qF "kept: sha256-$(printf '%064d' 7)" err
  regctl_at manifest delete "$app@$amd64"
  contents "$app" >deleted
  "$WAYBILL" gc "$app" --json >plan.json 2>/dev/null
  equal "the plan" "cosign tag $(tag_of "$amd64").sig${lists:+
$lists $(tag_of "$amd64")}" "$(jq -r '.items[] | "\(.kind) \(.tag)"' plan.json | sort)"
  equal "with the digests" "$(digest_of "$app:$(tag_of "$amd64").sig")" "$(jq -r '.items[] | select(.kind == "cosign tag") | .digest' plan.json)"
  equal "for the subject" "$amd64" "$(jq -r '.items[].subject' plan.json | sort -u)"
  "$WAYBILL" gc "$app" >out 2>err
  says "to be removed with --apply: $(jq ".items | length" plan.json)"
  equal "writes nothing" "$(cat deleted)" "$(contents "$app")"
  check "applied" "$WAYBILL" gc "$app" --apply
  equal "the tags are gone, and the rest is the same" "$(without "$(tag_of "$amd64")" <before)" "$(contents "$app")"
  check "the other image is whole" "$WAYBILL" verify "$app:2" --all-platforms --blobs --require sbom,provenance
  equal "oras finds what refers to the other platform" 2 "$(oras discover --plain-http --format json "$app@$arm64" | jq '.referrers | length')"
  equal "again" "nothing to remove" "$("$WAYBILL" gc "$app" --apply 2>/dev/null)"

  if [ -z "$lists" ]; then continue; fi
  echo "# $kind: an entry of a list"
  vex=$("$WAYBILL" attestations "$app@$arm64" --type vex --json | jq -r '.[0].manifest')
  list=$app:$(tag_of "$arm64")
  crane manifest --insecure "$list" | jq -c --arg vex "$vex" '.manifests |= map(select(.digest != $vex))' >list.json
  regctl_at manifest delete "$app@$vex"
  # Registries that check what an index lists.
  equal "keeps others out of the list" 4 "$(exit_code "$WAYBILL" attach "$app@$arm64" --attest type=vex,path=again.json --referrers-fallback always)"
  equal "is told" "list entry $vex" "$("$WAYBILL" gc "$app" --json 2>/dev/null | jq -r '.items[] | "\(.kind) \(.digest)"')"
  check "applied" "$WAYBILL" gc "$app" --apply
  equal "the list has the others" "$(cat list.json)" "$(crane manifest --insecure "$list" | jq -c .)"
  "$WAYBILL" attach "$app@$arm64" --attest type=vex,path=again.json --referrers-fallback always >/dev/null
  equal "and takes more" 2 "$(oras discover --plain-http --format json "$app@$arm64" | jq '.referrers | length')"
  regctl_at manifest delete "$app@$("$WAYBILL" attestations "$app@$arm64" --type vex --json | jq -r '.[0].manifest')"
  regctl_at manifest delete "$app@$(jq -r '.manifests[0].digest' list.json)"
  check "the last one" "$WAYBILL" gc "$app" --apply
  equal "takes the list along" "" "$(crane ls --insecure "$app" | grep -x "$(tag_of "$arm64")" || true)"
done

echo "# deletes that are refused"
for kind in "fake=--profile olareg" "fake=--fault status=405@manifest-delete,path=/manifests/sha256-" "fake=--fault status=400@manifest-delete,skip=1"; do
  start_registry "$kind"
  app=$host/app
  "$WAYBILL" copy --progress quiet oci:layout "$app:1" --referrers-fallback always >/dev/null
  # The subject of this list never was there.
  gone=sha256-$(printf '%064d' 7)
  case $kind in
    *olareg*)
      crane append --insecure --new_layer file --new_tag "$app:$gone.att" >/dev/null 2>&1
      contents "$app" >before
      equal "of everything" 4 "$(exit_code "$WAYBILL" gc "$app" --apply)"
      says "the registry deletes neither tags nor manifests"
      says "405"
      ;;
    *path=*)
      crane append --insecure --new_layer file --new_tag "$app:$gone.att" >/dev/null 2>&1
      crane tag --insecure "$app:$gone.att" mine >/dev/null 2>&1
      contents "$app" >before
      equal "of tags, while another names the manifest" 4 "$(exit_code "$WAYBILL" gc "$app" --apply)"
      says "the tag mine names the same manifest"
      ;;
    *)
      crane append --insecure --new_layer file --new_tag "$app:$gone.att" >/dev/null 2>&1
      crane append --insecure --new_layer vex.json --new_tag "$app:$gone.sig" >/dev/null 2>&1
      without "$gone.att" <<<"$(contents "$app")" >before
      equal "of the second" 4 "$(exit_code "$WAYBILL" gc "$app" --apply)"
      says "not removed: 1"
      ;;
  esac
  equal "leave what is there" "$(cat before)" "$(contents "$app")"
done

echo "# a subject that cannot be asked for"
start_registry "fake=--fault status=403@manifest-get,path=/manifests/sha256:$(printf '%064d' 7)"
app=$host/app
crane append --insecure --new_layer file --new_tag "$app:sha256-$(printf '%064d' 7).att" >/dev/null 2>&1
contents "$app" >before
equal "is a doubt" "nothing to remove" "$("$WAYBILL" gc "$app" --apply 2>err)"
grep -qF 403 err
equal "and keeps its tag" "$(cat before)" "$(contents "$app")"
equal "an image is no repository" 1 "$(exit_code "$WAYBILL" gc "$app:1")"
equal "no such repository" 1 "$(exit_code "$WAYBILL" gc "$host/none")"

echo "# a layout"
alone=()
if unshare --net true 2>/dev/null; then alone=(unshare --net); fi
gc() { "${alone[@]}" "$WAYBILL" gc oci:both "$@"; }
"$WAYBILL" copy --progress quiet oci:other oci:both:2 >/dev/null
find both -type f -exec sha256sum {} + | sort >expected
"$WAYBILL" copy --progress quiet oci:layout oci:both:1 >/dev/null
check "a VEX document" "$WAYBILL" attach oci:both:1 --attest type=vex,path=vex.json
equal "nothing is gone" "nothing to remove" "$(gc)"
jq -c '.manifests |= map(select(.annotations["org.opencontainers.image.ref.name"] != "1"))' both/index.json >index.json
chmod u+w both/index.json && cp index.json both/index.json
find both -type f -exec sha256sum {} + | sort >before
equal "new blobs stay" "index entry" "$(gc --json 2>/dev/null | jq -r '.items[].kind' | sort -u)"
gc --grace 0 >out
says "nothing in the layout reaches it"
equal "a plan writes nothing" "$(cat before)" "$(find both -type f -exec sha256sum {} + | sort)"
check "applied" gc --grace 0 --apply
equal "the layout is as without the image" "$(without index.json <expected)" "$(find both -type f -exec sha256sum {} + | sort | without index.json)"
equal "and its index too" 2 "$(jq -r '.manifests[].annotations["org.opencontainers.image.ref.name"]' both/index.json)"
check "the other image is whole" "$WAYBILL" verify oci:both:2 --all-platforms --blobs --require sbom,provenance
equal "oras reads it" "$(jq -r '.manifests[0].digest' both/index.json)" "$(oras resolve --oci-layout both:2)"
equal "archives stay as they are" 1 "$(exit_code "$WAYBILL" gc oci-archive:both.tar)"

echo "# exports into a layout that is cleared up all the time"
mkdir busy
"$WAYBILL" copy --progress quiet oci:other oci:busy:0 >/dev/null
touch going
while [ -e going ]; do "$WAYBILL" gc oci:busy --grace 0 --apply >>gc.out 2>>gc.err || echo "exit code $?" >>gc.err; done &
clearing=$!
for i in $(seq 12); do
  # The image of before loses its name.
  "$WAYBILL" export --progress quiet --result sample --output "type=oci,tar=false,dest=busy,name=example.com/app:1,annotation-manifest.i=$i" 2>export.err ||
    grep -qE "export again|not found" export.err || { cat export.err; exit 1; }
  check "a whole layout after export $i" "$WAYBILL" verify oci:busy:0 --all-platforms --blobs --require sbom,provenance
  if grep -q 'example.com/app:1"' busy/index.json; then
    check "with a whole image" "$WAYBILL" verify oci:busy:example.com/app:1 --all-platforms --blobs --require sbom,provenance
  fi
done
rm going
wait $clearing
# An index that changes while it is read is told.
equal "no other error" "" "$(grep -vE "has just been changed|exit code" gc.err || true)"
grep -q removed gc.out
check "the last one" "$WAYBILL" gc oci:busy --grace 0 --apply
equal "leaves what two images need" "nothing to remove" "$("$WAYBILL" gc oci:busy --grace 0)"
