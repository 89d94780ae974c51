#!/bin/bash
# waybill export as a user meets it: what it writes, its exit codes, its one error line, and that failures leave nothing.
set -euo pipefail

work=$TEST_TMPDIR
export TMPDIR=$work/tmp
mkdir "$TMPDIR"
# Bundles have no symbolic links.
cp -RL testdata/sample "$work/sample"
options=name=example.com/app:1,source-date-epoch=1700000000

fail() {
  echo "FAIL: $*"
  exit 1
}
# expect CODE TEXT COMMAND...: it fails with the code and one line that has the text.
expect() {
  local code=$1 text=$2 got=0
  shift 2
  "$@" 2>"$work/error" >/dev/null || got=$?
  [ "$got" = "$code" ] || fail "exit code $got instead of $code: $* ($(cat "$work/error"))"
  grep -qF -- "$text" "$work/error" || fail "no \"$text\" in: $(cat "$work/error")"
}
export_sample() { "$WAYBILL" export --progress quiet --result "$work/sample" "$@"; }

# Several outputs, one of them standard output, and the metadata file.
export_sample -o "type=oci,dest=$work/a.tar,$options" -o "type=oci,tar=false,dest=$work/layout,$options" -o "type=oci,dest=-,$options" \
  --metadata-file "$work/metadata.json" >"$work/stdout.tar"
cmp "$work/a.tar" "$work/stdout.tar"
digest=$(jq -r '."containerimage.digest"' "$work/metadata.json")
[ "$(tar -xOf "$work/a.tar" index.json | jq -r '.manifests[0].digest')" = "$digest" ] || fail "the metadata file names another image"
[ "$(jq -r '.manifests[0].digest' "$work/layout/index.json")" = "$digest" ] || fail "the layout has another image"
[ "$(sha256sum <"$work/layout/blobs/${digest/://}" | cut -d' ' -f1)" = "${digest#sha256:}" ] || fail "the root is not what its digest says"

# An existing image as the result: the same options give the same image.
"$WAYBILL" export --progress quiet --from "oci-archive:$work/a.tar" -o "type=oci,dest=$work/again.tar,$options"
cmp "$work/a.tar" "$work/again.tar"
"$WAYBILL" export --progress quiet --from "oci:$work/layout:example.com/app:1" -o "type=oci,dest=$work/unnamed.tar,source-date-epoch=1700000000"
[ "$(tar -xOf "$work/unnamed.tar" index.json | jq -r '.manifests[0].digest')" = "$digest" ] || fail "without a name the image is another"
echo '{"verdict": "good"}' >"$work/review.json"
"$WAYBILL" export --progress quiet --from "oci:$work/layout" --attest "type=https://example.com/review,path=$work/review.json,platform=linux/arm64" \
  -o "type=oci,tar=false,dest=$work/reviewed,$options"
[ "$(grep -lF '"predicateType":"https://example.com/review"' "$work"/reviewed/blobs/sha256/* | wc -l)" = 1 ] || fail "not one review"

# Progress on standard error, one JSON object per line.
"$WAYBILL" export --progress rawjson --result "$work/sample" -o "type=oci,dest=$work/b.tar,$options" 2>"$work/events"
[ "$(jq -r 'select(.state == "done") | .item' "$work/events" | grep -c ^sha256:)" -ge 10 ] || fail "too few events"

# 1: usage.
expect 1 "waybill: --output is required; see waybill export --help" "$WAYBILL" export --result "$work/sample"
[ "$(wc -l <"$work/error")" = 1 ] || fail "more than a line: $(cat "$work/error")"
expect 1 "waybill: a command is wanted: serve, probe; see waybill registry --help" "$WAYBILL" registry
expect 1 "a push needs a name" export_sample -o type=registry
expect 1 "one of --result and --from is needed" "$WAYBILL" export -o "type=oci,dest=$work/x.tar"
expect 1 "$work/none: No such file or directory" "$WAYBILL" export --result "$work/none" -o "type=oci,dest=$work/x.tar"
expect 1 "type is required for output" export_sample -o "dest=$work/x.tar,name=a"
expect 1 "exporter \"banana\" could not be found" export_sample -o "type=banana"
expect 1 "unsupported compatibility-version 11" export_sample -o "type=oci,dest=$work/x.tar" --compatibility-version 11
expect 1 "--progress fancy: expected auto" "$WAYBILL" export --progress fancy --result "$work/sample" -o "type=oci,dest=$work/x.tar"
expect 1 "image oci:$work/layout:nope: the layout has no image" "$WAYBILL" export --from "oci:$work/layout:nope" -o "type=oci,dest=$work/x.tar"
expect 1 "the result has no platform plan9/mips" export_sample -o "type=oci,dest=$work/x.tar" --attest "type=x,path=$work/review.json,platform=plan9/mips"

# 2: bytes that are not what they should be. What was at the destination stays.
cp -R "$work/sample" "$work/bad"
jq 'del(.attestations)' "$work/sample/result.json" >"$work/bad/result.json"
layer=$(jq -r '[.refs[].layers[0].digest][0]' "$work/bad/result.json")
size=$(stat -c %s "$work/bad/blobs/${layer/://}")
chmod u+w "$work/bad/blobs/${layer/://}"
head -c "$size" /dev/zero >"$work/bad/blobs/${layer/://}"
mkdir "$work/out"
echo precious >"$work/out/x.tar"
expect 2 "$layer" "$WAYBILL" export --progress quiet --result "$work/bad" -o "type=oci,dest=$work/out/x.tar"
[ "$(wc -l <"$work/error")" = 1 ] || fail "more than one line: $(cat "$work/error")"
expect 2 "reason: VERIFICATION" "$WAYBILL" --debug export --progress quiet --result "$work/bad" -o "type=oci,tar=false,dest=$work/out/layout"
[ "$(ls -A "$work/out")" = x.tar ] || fail "a failed export left $(ls -A "$work/out")"
[ "$(cat "$work/out/x.tar")" = precious ] || fail "a failed export replaced the file"

# 5: nobody answers. 6: no room.
expect 5 "service unix:///tmp/none.sock" export_sample --addr unix:///tmp/none.sock -o "type=oci,dest=$work/out/y.tar"
no_room() (
  trap '' XFSZ
  ulimit -f 8
  exec "$WAYBILL" export --progress quiet --result "$work/sample" -o "type=oci,dest=$work/out/y.tar"
)
# ThreadSanitizer writes a file of its own when the program starts.
grep -qaF __tsan_init "$WAYBILL" || expect 6 "$work/out/y.tar" no_room
[ "$(ls -A "$work/out")" = x.tar ] || fail "a failed export left $(ls -A "$work/out")"

# 130: interrupted in the middle of a layer.
mkdir -p "$work/large/blobs/sha256"
head -c 200000000 /dev/zero >"$work/large/layer"
hex=$(sha256sum <"$work/large/layer" | cut -d' ' -f1)
mv "$work/large/layer" "$work/large/blobs/sha256/$hex"
cat >"$work/large/result.json" <<JSON
{"is_map": false, "metadata": {"containerimage.config": {"text": "{\"architecture\":\"amd64\",\"os\":\"linux\"}"}},
 "refs": {"": {"layers": [{"media_type": "application/vnd.oci.image.layer.v1.tar", "digest": "sha256:$hex", "size": 200000000, "diff_id": "sha256:$hex"}]}}}
JSON
mkfifo "$work/pipe"
"$WAYBILL" export --progress quiet --result "$work/large" -o type=oci,dest=- >"$work/pipe" 2>"$work/error" &
pid=$!
exec 3<"$work/pipe"
head -c 1000000 <&3 >/dev/null
kill -TERM $pid
cat <&3 >/dev/null
code=0
wait $pid || code=$?
[ "$code" = 130 ] || fail "interrupted: exit code $code, $(cat "$work/error")"
grep -q cancelled "$work/error"

[ -z "$(ls -A "$TMPDIR")" ] || fail "temporary files stay: $(ls -A "$TMPDIR")"
