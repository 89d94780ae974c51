#!/bin/bash
# The bridge with a client that is far away, and then with one that stops reading for a while: contexts and files arrive
# whole, and what is on its way waits in neither's place but at its source.
# shellcheck disable=SC2154 # daemon, bridge and their pids are set by the functions that start them
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
need_peers buildkitd buildctl
need_buildkit

cd "$TEST_TMPDIR"
mkdir app big
head -c 20000000 /dev/urandom >app/random
head -c 100000000 /dev/urandom >big/random
printf 'FROM scratch\nCOPY random /random\n' | tee app/Dockerfile >big/Dockerfile
epoch=(--opt build-arg:SOURCE_DATE_EPOCH=1700000000)

start_daemon daemon
"$WAYBILL" bridge --listen tcp://127.0.0.1:0 --upstream "$daemon" --drain-seconds 1 >bridge.log 2>&1 &
bridge_pid=$!
process_pids+=("$bridge_pid")
bridge_port=$(listening_port "$bridge_pid") || fail "$(cat bridge.log)"
# 20 ms from the client to the bridge and back.
"$DELAY_PROXY" "$bridge_port" 20ms 20ms >proxy.log 2>&1 &
process_pids+=($!)
near=tcp://127.0.0.1:$bridge_port
far=tcp://127.0.0.1:$(listening_port $!) || fail "$(cat proxy.log)"

# grown   By how much the bridge's memory was ever larger than now that it has built nothing, in KiB.
idle=$(resident_kib "$bridge_pid")
grown() { echo $(($(awk '/VmHWM/ { print $2 }' "/proc/$bridge_pid/status") - idle)); }

echo "--- far away: the context up, the archive down"
build "$far" app "${epoch[@]}" --output type=oci,name=far,dest=far.tar >far.log 2>&1 || fail "$(cat far.log)"
build "$daemon" app "${epoch[@]}" --output type=oci,name=far,dest=direct.tar >direct.log 2>&1 || fail "$(cat direct.log)"
cmp far.tar direct.tar || fail "the archives differ"
build "$far" app --output type=local,dest=files >files.log 2>&1 || fail "$(cat files.log)"
cmp files/random app/random || fail "the file that went there and back"

echo "--- not reading: the archive waits for its reader"
mkfifo slow.tar
build "$near" big "${epoch[@]}" --output type=oci,name=big >slow.tar 2>slow.log &
client=$!
# The reader takes the first bytes, and the rest only when the bridge has sent all that it will send meanwhile.
exec 7<slow.tar
head -c 1000 <&7 >read.tar
sent=-1
while [ "$sent" != "$(awk '/^wchar/ { print $2 }' "/proc/$bridge_pid/io")" ]; do
  sent=$(awk '/^wchar/ { print $2 }' "/proc/$bridge_pid/io")
  sleep 1
done
cat <&7 >>read.tar
wait "$client" || fail "$(cat slow.log)"
build "$daemon" big "${epoch[@]}" --output type=oci,name=big,dest=direct.tar >direct.log 2>&1 || fail "$(cat direct.log)"
cmp read.tar direct.tar || fail "the archive that waited"

echo "grown by $(grown) KiB at most"
if ! grep -qaE '__(a|t)san_init' "$WAYBILL"; then
  [ "$(grown)" -le $((48 * 1024)) ] || fail "the bridge keeps what its client does not take"
fi
