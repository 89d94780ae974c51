#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# waybill serve below systemd: sockets that systemd hands down, READY and STOPPING, and a stream of exports of which none is lost while the
# service is restarted. RESTARTS says how often.
set -euo pipefail
# shellcheck source=tools/e2e/eventually.sh
. tools/e2e/eventually.sh
readonly restarts=${RESTARTS:-10} streams=3
supervisor=$PWD/tools/e2e/supervisor.py
cp -RL testdata/sample "$TEST_TMPDIR/sample"
cd "$TEST_TMPDIR"
sockets=$(mktemp -d /tmp/systemd-XXXXXX) # a socket's path must be short
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$sockets"' EXIT
fail() { echo "FAIL: $*"; exit 1; }
export_to() { "$WAYBILL" export --progress quiet --result sample --addr "unix://$1" --output "type=oci,dest=$2,name=example.com/app:1,source-date-epoch=1700000000"; }
"$WAYBILL" export --progress quiet --result sample --output type=oci,dest=local.tar,name=example.com/app:1,source-date-epoch=1700000000

echo "--- systemd's own hand: started by the first client"
systemd-socket-activate --listen="$sockets/one" --listen="$sockets/two" --fdname=grpc:metrics -E PATH -E TMPDIR \
  "$WAYBILL" serve --listen fd://grpc --metrics fd://metrics --root activated 2>activated.log &
activated=$!
eventually grep -q 'Listening on .*two' activated.log || fail "$(cat activated.log)"
! grep -q '^listening' activated.log || fail "started without a client"
export_to "$sockets/one" activated.tar
cmp local.tar activated.tar
curl -sS --unix-socket "$sockets/two" http://localhost/metrics >metrics
grep -q '^waybill_exports_total{result="ok",type="oci"} 1$' metrics || fail "$(cat metrics)"
grep -q "^listening on unix://$sockets/one" activated.log || fail "$(cat activated.log)"
kill -TERM "$activated"
wait "$activated" || fail "ended with $?: $(cat activated.log)"
[ -S "$sockets/one" ] || fail "a socket that is not the service's was removed"

echo "--- what is not handed down is an error"
for address in fd:// fd://other; do
  code=0
  "$WAYBILL" serve --listen "$address" --root none 2>error || code=$?
  [ "$code" = 1 ] && grep -q "no such socket was handed down" error || fail "$address: $code, $(cat error)"
done
code=0
"$WAYBILL" bridge --listen tcp://127.0.0.1:0 --upstream fd://grpc 2>error || code=$?
[ "$code" = 1 ] && grep -q "unknown scheme" error || fail "an upstream: $code, $(cat error)"

echo "--- $restarts restarts under $streams streams of exports: none is lost"
mkfifo orders
/usr/bin/python3 "$supervisor" "$sockets/served" "$WAYBILL" serve --listen fd://grpc --root served --quiet <orders >said 2>serve.log &
service=$!
exec 3>orders
ready() { [ "$(grep -c '^READY=1$' said)" -ge "$1" ]; }
eventually ready 1 || fail "$(cat said serve.log)"
eventually grep -q '^WATCHDOG=1$' said || fail "the watchdog starves: $(cat said)"
: >failed
: >finished
# stream N   Exports until there is a file named stop.
stream() {
  while [ ! -e stop ]; do
    if export_to "$sockets/served" "stream-$1.tar" 2>"stream-$1.log" && cmp local.tar "stream-$1.tar"; then
      echo "$1" >>finished
    else
      { echo "stream $1:"; cat "stream-$1.log"; } >>failed
    fi
  done
}
pids=()
for number in $(seq $streams); do
  stream "$number" &
  pids+=($!)
done
more() { [ "$(wc -l <finished)" -ge "$1" ]; }
for round in $(seq "$restarts"); do
  eventually more $(($(wc -l <finished) + streams)) || fail "nothing goes on: $(cat failed serve.log)"
  echo restart >&3
  eventually ready $((round + 1)) || fail "not back: $(cat said serve.log)"
done
eventually more $(($(wc -l <finished) + streams)) || fail "nothing goes on: $(cat failed serve.log)"
touch stop
wait "${pids[@]}"
[ ! -s failed ] || fail "$(cat failed)"
[ "$(grep -c '^STOPPING=1$' said)" = "$restarts" ] || fail "STOPPING=1: $(cat said)"
[ "$(grep -c '^ended 0$' said)" = "$restarts" ] || fail "ends: $(cat said)"
echo "$(wc -l <finished) exports, $restarts restarts"
exec 3>&-
wait "$service" || fail "ended with $?"
