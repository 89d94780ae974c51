#!/bin/bash
# waybill serve: the same bytes as in the command's own process, clients that go away, a disk that fills up, two services, SIGTERM.
set -euo pipefail

# shellcheck source=tools/e2e/eventually.sh
. tools/e2e/eventually.sh
work=$TEST_TMPDIR
export TMPDIR=$work/tmp
mkdir "$TMPDIR"
cp -RL testdata/sample "$work/sample" # bundles have no symbolic links
options=name=example.com/app:1,source-date-epoch=1700000000
socket=$(mktemp -u /tmp/waybill-XXXXXX.sock) # a socket's path must be short
address=unix://$socket

fail() {
  echo "FAIL: $*"
  exit 1
}
# wait_for FILE TEXT: until a line of the file starts with it.
wait_for() { eventually grep -qs "^$2" "$1" || fail "no \"$2\" in $1: $(cat "$1")"; }
# serve NAME COMMAND...: a service whose process is $server, with its log in NAME.log
serve() {
  local name=$1
  shift
  "$@" 2>"$work/$name.log" &
  server=$!
  wait_for "$work/$name.log" listening
}
export_bundle() { "$WAYBILL" export --progress quiet --result "$@"; }
trap 'kill $(jobs -p) 2>/dev/null || true; wait || true' EXIT

serve first "$WAYBILL" serve --listen "$address" --listen tcp://127.0.0.1:0 --root "$work/state" --drain-seconds 5
tcp=$(sed -n 's/^listening on \(tcp:.*\)/\1/p' "$work/first.log")

# The same bytes, by socket and by TCP, as archive, directory and on standard output.
export_bundle "$work/sample" -o "type=oci,dest=$work/local.tar,$options" -o "type=oci,tar=false,dest=$work/local,$options"
export_bundle "$work/sample" --addr "$address" -o "type=oci,dest=$work/remote.tar,$options" -o "type=oci,tar=false,dest=$work/remote,$options" \
  --metadata-file "$work/metadata.json"
export_bundle "$work/sample" --addr "$tcp" -o "type=oci,$options" >"$work/stdout.tar"
cmp "$work/local.tar" "$work/remote.tar"
cmp "$work/local.tar" "$work/stdout.tar"
diff -r "$work/local" "$work/remote"
jq -e '."image.name" == "example.com/app:1"' "$work/metadata.json" >/dev/null

# A push from the service.
"$WAYBILL" registry serve --listen 127.0.0.1:0 >"$work/registry.log" 2>&1 &
eventually grep -qsE '127.0.0.1:[0-9]+' "$work/registry.log"
registry=$(grep -oE '127.0.0.1:[0-9]+' "$work/registry.log" | head -1)
export_bundle "$work/sample" --addr "$address" -o "type=image,name=$registry/app:1,push=true"
skopeo inspect --raw --tls-verify=false "docker://$registry/app:1" | jq -e '.manifests | length == 4' >/dev/null

# A second service on the same directory or socket is refused; the first goes on.
code=0
"$WAYBILL" serve --listen tcp://127.0.0.1:0 --root "$work/state" 2>"$work/error" || code=$?
[ $code = 1 ] || fail "root: exit code $code"
grep -q "another service uses it" "$work/error" || fail "root: $(cat "$work/error")"
code=0
"$WAYBILL" serve --listen "$address" --root "$work/other" 2>"$work/error" || code=$?
[ $code = 1 ] || fail "socket: exit code $code"
grep -q "a server answers there already" "$work/error" || fail "socket: $(cat "$work/error")"

# A client that is killed in the middle of its upload and one in the middle of its export.
mkdir -p "$work/large/blobs/sha256"
head -c 200000000 /dev/zero >"$work/large/layer"
hex=$(sha256sum <"$work/large/layer" | cut -d' ' -f1)
mv "$work/large/layer" "$work/large/blobs/sha256/$hex"
cat >"$work/large/result.json" <<JSON
{"is_map": false, "metadata": {"containerimage.config": {"text": "{\"architecture\":\"amd64\",\"os\":\"linux\"}"}},
 "refs": {"": {"layers": [{"media_type": "application/vnd.oci.image.layer.v1.tar", "digest": "sha256:$hex", "size": 200000000, "diff_id": "sha256:$hex"}]}}}
JSON
export_bundle "$work/large" --addr "$address" -o "type=oci,dest=$work/large.tar" &
client=$!
upload_began() { [ -n "$(find "$work/state/uploads" -name data -size +0 2>/dev/null)" ]; }
eventually upload_began || fail "no upload began"
kill -9 $client
wait $client 2>/dev/null || true
[ ! -e "$work/state/blobs/sha256/$hex" ] || fail "half an upload became a blob"
export_bundle "$work/large" --addr "$address" -o "type=oci,dest=$work/large.tar"
tar -xOf "$work/large.tar" "blobs/sha256/$hex" | cmp - "$work/large/blobs/sha256/$hex"
mkfifo "$work/pipe"
"$WAYBILL" export --progress quiet --result "$work/large" --addr "$address" -o type=oci,dest=- >"$work/pipe" &
client=$!
exec 3<"$work/pipe"
head -c 1000000 <&3 >/dev/null
kill -9 $client
wait $client 2>/dev/null || true
exec 3<&-
export_bundle "$work/sample" --addr "$address" -o "type=oci,dest=$work/after.tar,$options"
cmp "$work/local.tar" "$work/after.tar"
scratch_is_empty() { [ -z "$(ls -A "$work/state/scratch")" ]; }
eventually scratch_is_empty || fail "scratch stays: $(ls "$work/state/scratch")"

# SIGTERM: it ends with 0 and the socket goes.
kill -TERM $server
wait $server || fail "serve ended with $?"
[ ! -e "$socket" ] || fail "the socket stays"

# A disk that fills up: the client is told, nothing half-written is a blob, and the service goes on.
small() {
  trap '' XFSZ
  ulimit -f 1000
  exec "$WAYBILL" serve --listen "$address" --root "$work/small"
}
serve second small
code=0
export_bundle "$work/large" --addr "$address" -o "type=oci,dest=$work/full.tar" 2>"$work/error" || code=$?
[ $code = 6 ] || fail "full disk: exit code $code, $(cat "$work/error")"
grep -q "sha256:$hex" "$work/error" || fail "the blob is not named: $(cat "$work/error")"
[ ! -e "$work/full.tar" ] || fail "half an archive"
[ ! -e "$work/small/blobs/sha256/$hex" ] || fail "half a blob"
export_bundle "$work/sample" --addr "$address" -o "type=oci,dest=$work/small.tar,$options"
cmp "$work/local.tar" "$work/small.tar"

# Killed, it leaves a socket that the next one replaces.
kill -9 $server
wait $server 2>/dev/null || true
[ -S "$socket" ] || fail "no stale socket to test with"
serve third "$WAYBILL" serve --listen "$address" --root "$work/small"
export_bundle "$work/sample" --addr "$address" -o "type=oci,dest=$work/third.tar,$options"
cmp "$work/local.tar" "$work/third.tar"
kill -TERM $server
wait $server
