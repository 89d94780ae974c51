#!/bin/bash
# waybill export, interrupted: each signal ends it with 130 and leaves nothing, whatever it waits for; what a killed one left goes with the next.
set -euo pipefail

work=$TEST_TMPDIR
export TMPDIR=$work/tmp
mkdir "$TMPDIR" "$work/out"

fail() {
  echo "FAIL: $*"
  exit 1
}

# A layer of some size.
mkdir -p "$work/large/blobs/sha256"
head -c 200000000 /dev/zero >"$work/large/layer"
hex=$(sha256sum <"$work/large/layer" | cut -d' ' -f1)
mv "$work/large/layer" "$work/large/blobs/sha256/$hex"
cat >"$work/large/result.json" <<JSON
{"is_map": false, "metadata": {"containerimage.config": {"text": "{\"architecture\":\"amd64\",\"os\":\"linux\"}"}},
 "refs": {"": {"layers": [{"media_type": "application/vnd.oci.image.layer.v1.tar", "digest": "sha256:$hex", "size": 200000000, "diff_id": "sha256:$hex"}]}}}
JSON

mkfifo "$work/pipe"
# start [PREFIX...]: an export whose archive is read no further than its first bytes; $pid, descriptor 3 its reader. A script's background
# processes ignore SIGINT unless told otherwise.
start() {
  "$@" env --default-signal=INT "$WAYBILL" export --progress quiet --result "$work/large" -o type=oci,dest=- >"$work/pipe" 2>"$work/error" &
  pid=$!
  exec 3<"$work/pipe"
  head -c 1000 <&3 >/dev/null
}
# ends CODE: it ends by itself, though nobody reads.
ends() {
  local code=0
  wait "$pid" || code=$?
  exec 3<&-
  [ "$code" = "$1" ] || fail "exit code $code instead of $1: $(cat "$work/error")"
  [ -z "$(ls -A "$TMPDIR")" ] || fail "temporary files stay: $(ls -A "$TMPDIR")"
}

for signal in INT TERM HUP; do
  start
  kill -$signal "$pid"
  ends 130
  grep -q cancelled "$work/error" || fail "SIG$signal: $(cat "$work/error")"
done

# nohup's commands outlive their terminal.
start nohup
kill -HUP "$pid"
cat <&3 >/dev/null
ends 0

# A killed one leaves its temporary directory to the next.
start
kill -KILL "$pid"
wait "$pid" || true
exec 3<&-
[ -n "$(ls -A "$TMPDIR")" ] || fail "a killed export left nothing: this test shows nothing"
"$WAYBILL" export --progress quiet --result "$work/large" -o type=image
[ -z "$(ls -A "$TMPDIR")" ] || fail "a killed export's files stay: $(ls -A "$TMPDIR")"

# A reader of progress that goes away ends nothing.
code=0
{ "$WAYBILL" export --progress rawjson --result "$work/large" -o "type=oci,dest=$work/out/a.tar" 2>&1 || echo $? >"$work/code"; } | head -n 1 >/dev/null
[ ! -e "$work/code" ] || fail "without a reader of its progress: exit code $(cat "$work/code")"
tar -tf "$work/out/a.tar" >/dev/null

# Neither does a reader of the archive that goes away end it without a word.
{ "$WAYBILL" export --progress quiet --result "$work/large" -o type=oci,dest=- 2>"$work/error" || echo $? >"$work/code"; } | head -c 1 >/dev/null
[ "$(cat "$work/code")" = 6 ] || fail "without a reader: exit code $(cat "$work/code")"
grep -qF "write standard output: Broken pipe" "$work/error" || fail "without a reader: $(cat "$work/error")"
