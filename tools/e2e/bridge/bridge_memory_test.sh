#!/bin/bash
# A client that sends the bridge messages which the daemon does not read: the bridge has less than 400 MiB of resident
# memory, and a build of another client goes through meanwhile.
# shellcheck disable=SC2154 # daemon, bridge and their pids are set by the functions that start them
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
need_peers buildkitd buildctl
need_buildkit

cd "$TEST_TMPDIR"
mkdir app
head -c 20000000 /dev/urandom >app/random
printf 'FROM scratch\nCOPY random /random\n' >app/Dockerfile

start_daemon daemon
start_bridge bridge "$daemon" --listen tcp://127.0.0.1:0
bridge_port=$(listening_port "$bridge_pid") || fail "$(cat bridge.log)"

mkfifo hold.in
"$HOLD" "tcp://127.0.0.1:$bridge_port" histories 100 <hold.in >hold.log 2>&1 &
process_pids+=($!)
exec 7>hold.in
builds=0
until grep -q '^holding$' hold.log && [ "$builds" -ge 3 ]; do
  kill -0 "${process_pids[-1]}" || fail "the attack ended: $(cat hold.log)"
  head -c 1000000 /dev/urandom >app/more
  build "$bridge" app --output type=oci,name=app,dest=app.tar >build.log 2>&1 || fail "another client's build: $(cat build.log)"
  tar -tf app.tar >files
  grep -q '^index.json$' files || fail "an archive without an index: $(cat files)"
  builds=$((builds + 1))
done
exec 7>&-
wait "${process_pids[-1]}" || fail "the attack failed: $(cat hold.log)"

peak=$(($(awk '/^VmHWM/ { print $2 }' "/proc/$bridge_pid/status") >> 10))
echo "peak RSS $peak MiB, $builds builds meanwhile; $(tr '\n' ' ' <hold.log)"
if ! grep -qaE '__(a|t)san_init' "$WAYBILL"; then
  [ "$peak" -lt 400 ] || fail "the bridge had $peak MiB"
fi
