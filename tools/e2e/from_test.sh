#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Images as other programs leave them, through the command: archives with the blobs of one platform only (docker save),
# one image under several names, and the epoch of the environment.
set -euo pipefail

work=$TEST_TMPDIR
export HOME=$work
unset SOURCE_DATE_EPOCH
# Result directories have no symbolic links; the files of a test are some.
cp -RL testdata/sample "$work/sample"

fail() {
  echo "FAIL: $*"
  exit 1
}
# from IMAGE FILE OPTION...   Exports the image to a tar archive; what is said goes to $work/error.
from() { "$WAYBILL" export --progress quiet --from "$1" -o "type=oci,dest=$2" "${@:3}" 2>"$work/error"; }
# platforms ARCHIVE   Those of the image in it, attestations left out.
platforms() {
  rm -rf "$work/read"
  mkdir "$work/read"
  tar -C "$work/read" -xf "$1"
  local root
  root=$work/read/blobs/sha256/$(jq -r '.manifests[0].digest' "$work/read/index.json" | cut -d: -f2)
  jq -r '[.manifests[].platform | select(.os != "unknown") | .os + "/" + .architecture] | sort | join(" ")' "$root"
}
blob() { echo "$layout/blobs/sha256/${1#sha256:}"; }

layout=$work/layout
"$WAYBILL" export --progress quiet --result "$work/sample" -o "type=oci,tar=false,dest=$layout,name=a.io/x:1"
root=$(jq -r '.manifests[0].digest' "$layout/index.json")
tar -C "$layout" -cf "$work/whole.tar" .
[ "$(platforms "$work/whole.tar")" = "linux/amd64 linux/arm64" ] || fail "the sample has other platforms"

echo "# one image, three names"
jq -c '.manifests += [.manifests[0] | .annotations["io.containerd.image.name"] = "a.io/y:2"] + [.manifests[0] | .annotations["io.containerd.image.name"] = "a.io/z:1"]' \
  "$layout/index.json" >"$work/index.json"
cp "$work/index.json" "$layout/index.json"
tar -C "$layout" -cf "$work/multi.tar" .
from "oci-archive:$work/multi.tar" "$work/one.tar" || fail "several names: $(cat "$work/error")"
from "oci-archive:$work/multi.tar:a.io/y:2" "$work/named.tar" || fail "one of the names: $(cat "$work/error")"

echo "# one platform of two is there"
arm=$(jq -r '.manifests[] | select(.platform.architecture == "arm64") | .digest' "$(blob "$root")")
rm "$(blob "$arm")"
tar -C "$layout" -cf "$work/partial.tar" .
from "oci-archive:$work/partial.tar" "$work/amd.tar" || fail "a partial archive: $(cat "$work/error")"
grep -qF "left out, because their blobs are not there: linux/arm64" "$work/error" || fail "no warning: $(cat "$work/error")"
[ "$(platforms "$work/amd.tar")" = linux/amd64 ] || fail "the platforms are $(platforms "$work/amd.tar")"
from "oci-archive:$work/partial.tar" "$work/chosen.tar" --platform linux/amd64 || fail "--platform: $(cat "$work/error")"
[ ! -s "$work/error" ] || fail "a warning of what nobody wants: $(cat "$work/error")"
[ "$(platforms "$work/chosen.tar")" = linux/amd64 ] || fail "the platforms are $(platforms "$work/chosen.tar")"
code=0
from "oci-archive:$work/partial.tar" "$work/none.tar" --platform linux/arm64 || code=$?
[ $code = 1 ] || fail "exit code $code for blobs that are not there"
grep -qF "the blobs of linux/arm64 are not all there" "$work/error" || fail "no cause: $(cat "$work/error")"
from "oci-archive:$work/whole.tar" "$work/both.tar" --platform linux/arm64 --platform linux/amd64 || fail "--platform twice: $(cat "$work/error")"
[ "$(platforms "$work/both.tar")" = "linux/amd64 linux/arm64" ] || fail "the platforms are $(platforms "$work/both.tar")"
from "oci-archive:$work/whole.tar" "$work/arm.tar" --platform linux/arm64 || fail "--platform: $(cat "$work/error")"
[ "$(platforms "$work/arm.tar")" = linux/arm64 ] || fail "the platforms are $(platforms "$work/arm.tar")"

echo "# the epoch of the environment"
# created ARCHIVE   The time at which the archive's index says that the image was made.
created() { tar -xOf "$1" index.json | jq -r '.manifests[0].annotations["org.opencontainers.image.created"]'; }
SOURCE_DATE_EPOCH=1700000000 from "oci-archive:$work/whole.tar" "$work/epoch.tar"
[ "$(created "$work/epoch.tar")" = 2023-11-14T22:13:20Z ] || fail "the epoch is $(created "$work/epoch.tar")"
SOURCE_DATE_EPOCH=1700000000 "$WAYBILL" export --progress quiet --from "oci-archive:$work/whole.tar" -o "type=oci,dest=$work/own.tar,source-date-epoch=0"
[ "$(created "$work/own.tar")" = 1970-01-01T00:00:00Z ] || fail "the output's own epoch is $(created "$work/own.tar")"
SOURCE_DATE_EPOCH=1700000000 from "oci-archive:$work/whole.tar" "$work/again.tar"
cmp "$work/epoch.tar" "$work/again.tar" || fail "two exports with one epoch differ"
code=0
SOURCE_DATE_EPOCH=soon from "oci-archive:$work/whole.tar" "$work/never.tar" || code=$?
[ $code = 1 ] || fail "exit code $code for a bad epoch"
grep -qF 'SOURCE_DATE_EPOCH of the environment, "soon"' "$work/error" || fail "no cause: $(cat "$work/error")"
echo ok
