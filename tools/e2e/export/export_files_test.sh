#!/bin/bash
# waybill export of types local and tar: to what a user names, alone and through a service, with and without privileges; compared with tar.
set -euo pipefail

# shellcheck source=tools/e2e/eventually.sh
. tools/e2e/eventually.sh
work=$TEST_TMPDIR
export TMPDIR=$work/tmp
mkdir "$TMPDIR" "$work/out" "$work/expected"
cp -RL testdata/sample "$work/sample"

fail() {
  echo "FAIL: $*"
  exit 1
}
expect() { # CODE TEXT COMMAND...: it fails with the code and says the text.
  local code=$1 text=$2 got=0
  shift 2
  "$@" 2>"$work/error" >/dev/null || got=$?
  [ "$got" = "$code" ] || fail "exit code $got instead of $code: $* ($(cat "$work/error"))"
  grep -qF -- "$text" "$work/error" || fail "no \"$text\" in: $(cat "$work/error")"
}
export_sample() { "$WAYBILL" export --progress quiet --result "$work/sample" "$@"; }
# Names, modes, times, targets and bytes of everything below a directory.
list() {
  (cd "$1" && find . -mindepth 1 -printf '%P %y %m %T@ %l\n' | LC_ALL=C sort && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum)
}
same() { diff <(list "$1") <(list "$2") || fail "$1 and $2 differ"; }
# A result of one uncompressed layer: result DIRECTORY LAYER
result() {
  local hex size
  hex=$(sha256sum <"$2" | cut -d' ' -f1) size=$(stat -c %s "$2")
  mkdir -p "$1/blobs/sha256"
  cp "$2" "$1/blobs/sha256/$hex"
  cat >"$1/result.json" <<JSON
{"is_map": false, "metadata": {"containerimage.config": {"text": "{\"architecture\":\"amd64\",\"os\":\"linux\"}"}},
 "refs": {"": {"layers": [{"media_type": "application/vnd.oci.image.layer.v1.tar", "digest": "sha256:$hex", "size": $size, "diff_id": "sha256:$hex"}]}}}
JSON
}

socket=$(mktemp -u /tmp/waybill-XXXXXX.sock) # a socket's path must be short
"$WAYBILL" serve --listen "unix://$socket" --root "$work/service" --quiet 2>"$work/log" &
trap 'kill $(jobs -p) 2>/dev/null || true; wait || true' EXIT
eventually grep -qs "^listening" "$work/log"

# The archive, what tar makes of it, and the directory are the same; so is what the service gives.
export_sample -o "type=tar,dest=$work/a.tar" --metadata-file "$work/metadata.json"
[ "$(cat "$work/metadata.json")" = "{}" ] || fail "the metadata file says $(cat "$work/metadata.json")"
tar -xpf "$work/a.tar" -C "$work/expected"
export_sample -o - | cmp - "$work/a.tar"
export_sample -o "$work/out/short"
same "$work/expected" "$work/out/short"
[ -e "$work/out/short/linux_amd64/sbom.spdx.json" ] && [ -e "$work/out/short/linux_arm64/provenance.json" ] ||
  fail "attestations are missing: $(find "$work/out/short")"
for address in "" "unix://$socket"; do
  export_sample --addr "$address" -o "type=tar,dest=$work/b.tar" -o "type=local,dest=$work/out/long/new" --metadata-file "$work/metadata.json"
  cmp "$work/a.tar" "$work/b.tar"
  same "$work/expected" "$work/out/long/new"
  [ "$(cat "$work/metadata.json")" = "{}" ] || fail "the metadata file says $(cat "$work/metadata.json")"
  # And once more, into what is there: mode=copy keeps other files, mode=delete does not.
  touch "$work/out/long/new/other" "$work/out/long/new/linux_amd64/other"
  export_sample --addr "$address" -o "type=local,dest=$work/out/long/new"
  [ -e "$work/out/long/new/other" ] && [ -e "$work/out/long/new/linux_amd64/other" ] || fail "mode=copy removed files"
  export_sample --addr "$address" -o "type=local,mode=delete,dest=$work/out/long/new"
  same "$work/expected" "$work/out/long/new"
  # A part of the result, beside its statements.
  export_sample --addr "$address" -o "type=local,src=/dir,dest=$work/out/part"
  [ "$(cd "$work/out/part/linux_amd64" && echo *)" = "link one.txt provenance.json sbom.spdx.json sub" ] || fail "src=/dir gave $(find "$work/out/part")"
  rm -rf "$work/out/long" "$work/out/part"
  # What fails leaves nothing, and no directories on the way.
  expect 1 "cannot overwrite " export_sample --addr "$address" -o "type=local,platform-split=false,dest=$work/out/no/such"
  expect 1 "src=/none: " export_sample --addr "$address" -o "type=local,src=/none,dest=$work/out/no/such"
  [ ! -e "$work/out/no" ] || fail "a failed export left $(find "$work/out/no")"
done

# Through an image: the layers are those of an archive on disk.
export_sample -o "type=oci,dest=$work/image.tar,name=example.com/app:1"
"$WAYBILL" export --progress quiet --from "oci-archive:$work/image.tar" --platform linux/amd64 -o "$work/out/image"
[ -n "$(find "$work/out/image" -name hello.txt)" ] || fail "no file of the image in $(find "$work/out/image")"

# Odd files: as tar unpacks them. Devices and owners only where this user may.
mkdir -p "$work/odd/d/deep"
echo one >"$work/odd/d/one"
ln "$work/odd/d/one" "$work/odd/hard"
ln -s /etc/passwd "$work/odd/d/absolute"
ln -s ../../../../outside "$work/odd/d/relative"
mkfifo "$work/odd/fifo"
chmod 4755 "$work/odd/d/one"
chmod 555 "$work/odd/d/deep"
touch -d @1234567890.5 "$work/odd/d/one" "$work/odd/d"
tar --format=pax --pax-option=delete=atime,delete=ctime -C "$work/odd" -cf "$work/odd.tar" --sort=name .
result "$work/odd-result" "$work/odd.tar"
"$WAYBILL" export --progress quiet --result "$work/odd-result" -o "$work/out/odd"
"$WAYBILL" export --progress quiet --result "$work/odd-result" --addr "unix://$socket" -o "$work/out/odd-remote"
same "$work/odd" "$work/out/odd"
same "$work/odd" "$work/out/odd-remote"
[ "$(stat -c %i "$work/out/odd/hard")" = "$(stat -c %i "$work/out/odd/d/one")" ] || fail "the hard link is another file"

# Without privileges: one warning for everything, and the export is done.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
  tar --owner=12345 --group=12345 --format=ustar -C "$work/odd" -cf "$work/owned.tar" --sort=name d
  mkdir "$work/dev"
  if mknod "$work/dev/null" c 1 3 2>/dev/null; then tar --format=ustar -rf "$work/owned.tar" -C "$work/dev" null; fi
  # Below /tmp, because another user may not enter the test's own directory.
  apart=$(mktemp -d /tmp/waybill-files-XXXXXX)
  trap 'kill $(jobs -p) 2>/dev/null || true; wait || true; rm -rf "$apart"' EXIT
  mkdir -m 777 "$apart/out" "$apart/tmp"
  result "$apart/result" "$work/owned.tar"
  cp "$WAYBILL" "$apart/waybill"
  chmod -R a+rX "$apart"
  TMPDIR=$apart/tmp setpriv --reuid=65534 --regid=65534 --clear-groups "$apart/waybill" export --progress plain \
    --result "$apart/result" -o "type=tar,dest=$apart/out/x.tar" -o "$apart/out/x" 2>"$work/plain" || fail "$(cat "$work/plain")"
  tar -tvf "$apart/out/x.tar" >"$work/listing"
  grep -q '12345/12345.*d/one' "$work/listing" || fail "the archive lost its owners"
  [ "$(grep -c "belong to you instead of their owners" "$work/plain")" = 1 ] || fail "not one warning: $(cat "$work/plain")"
  [ "$(stat -c '%u %a' "$apart/out/x/d/one")" = "65534 755" ] || fail "the file is $(stat -c '%u %a' "$apart/out/x/d/one")"
  [ -z "$(ls -A "$apart/tmp")" ] || fail "temporary files stay: $(ls -A "$apart/tmp")"
fi

[ -z "$(ls -A "$TMPDIR")" ] || fail "temporary files stay: $(ls -A "$TMPDIR")"
[ -z "$(find "$work/out" -name '.waybill-*')" ] || fail "hidden files stay: $(find "$work/out" -name '.waybill-*')"
