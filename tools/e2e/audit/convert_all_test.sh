#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# convert --all-tags on real registries and layouts: every image once, what others put there stays, a tag that fails.
# shellcheck disable=SC2154 # host is set by start_registry
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
need_peers olareg registry oras crane
cp -rL testdata/sample "$TEST_TMPDIR/sample"
cd "$TEST_TMPDIR"
digest_of() { crane digest --insecure "$1"; }
# tags   With the digest that each names.
tags() { for tag in $(crane ls --insecure "$1"); do echo "$tag $(digest_of "$1:$tag")"; done; }
export SOURCE_DATE_EPOCH=1700000000
legacy=oci-artifact=false
"$WAYBILL" export --progress quiet --result sample --output "type=oci,tar=false,dest=layout,name=example.com/app:1,$legacy"
"$WAYBILL" export --progress quiet --result sample --output "type=oci,tar=false,dest=layout,name=example.com/other:1,$legacy,annotation-index.a=b"
"$WAYBILL" export --progress quiet --result sample --output "type=oci,tar=false,dest=artifact,name=example.com/app:1"
echo '{}' >config.json && echo a >file

for kind in olareg distribution fake; do
  echo "# $kind"
  start_registry "$kind"
  app=$host/app
  "$WAYBILL" copy --progress quiet oci:layout:example.com/app:1 "$app:1" --tag stable --tag v1 >/dev/null
  "$WAYBILL" copy --progress quiet oci:layout:example.com/other:1 "$app:2" >/dev/null
  "$WAYBILL" copy --progress quiet oci:artifact "$app:3" >/dev/null
  crane append --insecure --new_layer file --new_tag "$app:single" >/dev/null 2>&1
  # cosign's tag of an image, and a tag that names referrers, both of which have attestations of the legacy form.
  hex=$(digest_of "$app:3") hex=${hex#sha256:}
  crane tag --insecure "$app:1" "sha256-$hex.att"
  tags "$app" >before
  check "a dry run" "$WAYBILL" convert "$app" --to artifact --all-tags --dry-run
  equal "changes nothing" "$(cat before)" "$(tags "$app")"
  "$WAYBILL" convert "$app" --to artifact --all-tags --dry-run --json >plan.json
  "$WAYBILL" convert "$app" --to artifact --all-tags --json >done.json
  equal "the plan comes true" "$(jq -c '[.images[] | [.names, .from, .to, .changed]]' plan.json)" "$(jq -c '[.images[] | [.names, .from, .to, .changed]]' done.json)"
  equal "the plan wrote nothing" "false true" "$(jq -r '[.images[].written] | any' plan.json) $(jq -r '.images[0].written' done.json)"
  equal "an image under three names is one" '["1","stable","v1"]' "$(jq -c '.images[0].names' done.json)"
  equal "four images" 4 "$(jq '.images | length' done.json)"
  equal "what is in the form, or has no attestations, stays" "3 single" "$(jq -r '.images[] | select(.from == .to) | .names[]' done.json | sort | xargs)"
  for tag in 1 stable v1 2; do
    equal "$tag" "$(jq -r --arg tag $tag '.images[] | select(.names | index($tag)) | .to' done.json)" "$(digest_of "$app:$tag")"
    check "$tag is whole" "$WAYBILL" verify "$app:$tag" --all-platforms --blobs --require sbom,provenance
  done
  equal "tags of referrers stay" "$(grep "^sha256-$hex" before)" "$(tags "$app" | grep "^sha256-$hex")"
  equal "again, nothing is written" false "$("$WAYBILL" convert "$app" --to artifact --all-tags --json | jq '[.images[].written] | any')"
  "$WAYBILL" convert "$app" --to legacy --all-tags >out 2>err
  says "1 3 stable v1:"
  equal "back: the digests of before" "$(grep -E '^(1|2|stable|v1|single) ' before)" "$(tags "$app" | grep -E '^(1|2|stable|v1|single) ')"
done

echo "# a tag that fails"
start_registry "fake=--fault status=403@manifest-put,path=/manifests/2,skip=1"
app=$host/app
"$WAYBILL" copy --progress quiet oci:layout:example.com/app:1 "$app:1" >/dev/null
"$WAYBILL" copy --progress quiet oci:layout:example.com/other:1 "$app:2" >/dev/null
"$WAYBILL" copy --progress quiet oci:layout:example.com/app:1 "$app:3" >/dev/null
second=$(digest_of "$app:2")
equal "fails at the end" 3 "$(exit_code "$WAYBILL" convert "$app" --to artifact --all-tags)"
says "$app: not converted: 2: "
equal "the tag stays" "$second" "$(digest_of "$app:2")"
check "the other is converted" "$WAYBILL" verify "$app:3" --all-platforms --require sbom,provenance --discovery referrers
equal "one image has a tag" 1 "$(exit_code "$WAYBILL" convert "$app:1" --to legacy --all-tags)"
equal "in place only" 1 "$(exit_code "$WAYBILL" convert "$app" --to legacy --all-tags --output oci:x)"
equal "no such repository" 1 "$(exit_code "$WAYBILL" convert "$host/none" --to legacy --all-tags)"

echo "# a layout"
cp layout/index.json first.json
jq -cS .manifests first.json >first.manifests
"$WAYBILL" convert oci:layout --to artifact --all-tags --dry-run >out
equal "a dry run changes nothing" "$(cat first.json)" "$(cat layout/index.json)"
check "every image" "$WAYBILL" convert oci:layout --to artifact --all-tags
for name in example.com/app:1 example.com/other:1; do
  check "$name is whole" "$WAYBILL" verify "oci:layout:$name" --all-platforms --blobs --require sbom,provenance
done
check "and back" "$WAYBILL" convert oci:layout --to legacy --all-tags
equal "with the names that they had" "$(cat first.manifests)" "$(jq -cS .manifests layout/index.json)"
