#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The bridge below a supervisor that keeps its socket: builds by buildctl and buildx go on while the bridge is restarted, and none is lost. RESTARTS
# says how often.
# shellcheck disable=SC2154 # host is set by start_registry, daemon by start_daemon
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
need_peers buildkitd buildctl buildx olareg crane
need_buildkit
readonly restarts=${RESTARTS:-10}
supervisor=$PWD/tools/e2e/supervisor.py
cd "$TEST_TMPDIR"
mkdir app
head -c 300000 /dev/urandom >app/random
printf 'FROM scratch\nARG BUILD\nENV BUILD=$BUILD\nCOPY random /random\n' >app/Dockerfile

start_registry olareg
start_daemon daemon
mkfifo orders
/usr/bin/python3 "$supervisor" "$sockets/bridge" "$WAYBILL" bridge --listen fd://grpc --upstream "$daemon" --drain-seconds 60 <orders >said 2>bridge.log &
service=$!
process_pids+=("$service")
exec 3>orders
ready() { [ "$(grep -c '^READY=1$' said)" -ge "$1" ]; }
eventually ready 1 || fail "$(cat said bridge.log)"
bridge=unix://$sockets/bridge
export BUILDX_CONFIG=$TEST_TMPDIR/buildx
buildx create --name bridge --driver remote "$bridge" >buildx.log 2>&1
by_buildctl() { build "$bridge" app --opt "build-arg:BUILD=$1" --output "type=image,name=$host/app:$1,push=true"; }
by_buildx() { timeout 120 buildx --builder bridge build --progress plain --build-arg "BUILD=$1" --output "type=image,name=$host/app:$1,push=true" app; }

: >failed
: >finished
# stream NAME   Builds until there is a file named stop.
stream() {
  local number=0
  while [ ! -e stop ]; do
    number=$((number + 1))
    if "by_$1" "$1-$number" >"stream-$1.log" 2>&1 && crane digest "$host/app:$1-$number" >>"stream-$1.log" 2>&1; then
      echo "$1" >>finished
    else
      { echo "$1 $number:"; cat "stream-$1.log"; } >>failed
    fi
  done
}
streams=(buildctl buildx)
pids=()
for name in "${streams[@]}"; do
  stream "$name" &
  pids+=($!)
done
more() { [ "$(wc -l <finished)" -ge "$1" ] || [ -s failed ]; }
for round in $(seq "$restarts"); do
  eventually more $(($(wc -l <finished) + 2)) || fail "nothing goes on: $(cat bridge.log)"
  echo restart >&3
  eventually ready $((round + 1)) || fail "not back: $(cat said bridge.log)"
done
eventually more $(($(wc -l <finished) + 2)) || fail "nothing goes on: $(cat bridge.log)"
touch stop
wait "${pids[@]}"
[ ! -s failed ] || fail "$(cat failed)"
equal "ends" "$restarts" "$(grep -c '^ended 0$' said)"
echo "$(wc -l <finished) builds, $restarts restarts"
exec 3>&-
wait "$service" || fail "ended with $?"
