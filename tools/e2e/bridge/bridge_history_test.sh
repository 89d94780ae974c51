#!/bin/bash
# What the daemon's history has of builds whose push fails, is cancelled or loses its client; and a bridge that is told
# to end while a build is still in its frontend.
# shellcheck disable=SC2154 # host, daemon, bridge and their pids are set by the functions that start them
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
need_peers buildkitd buildctl buildkitd-v0.17 olareg crane
need_buildkit

cd "$TEST_TMPDIR"
mkdir app
head -c 100000 /dev/urandom >app/random
printf 'FROM scratch\nCOPY random /random\n' >app/Dockerfile

start_registry olareg
olareg=$host
start_registry fake=--fault\ delay=90s@manifest-put
stalled=$host
start_daemon daemon
start_daemon old buildkitd-v0.17
old=$daemon
daemon=unix://$sockets/daemon.sock
start_bridge old-bridge "$old"
old_bridge=$bridge
start_bridge bridge "$daemon"

# push_and_send SIGNAL BRIDGE IMAGE   Sends the client the signal when it pushes.
push_and_send() {
  # The log of the push before would be taken for this one's.
  rm -f "$1.log"
  # A script's background processes ignore SIGINT unless told otherwise.
  env --default-signal=INT buildctl --addr "$2" build --frontend dockerfile.v0 --local context=app --local dockerfile=app \
    --progress plain --output "type=image,name=$3,push=true" >"$1.log" 2>&1 &
  local client=$!
  eventually grep -qs "pushing sha256:.* to $stalled" "$1.log" || fail "no push: $(cat "$1.log")"
  kill "-$1" "$client"
  { ! wait "$client"; } 2>/dev/null || fail "a push that goes nowhere"
}

echo "--- a push that fails, one that is cancelled, one whose client is killed"
build "$bridge" app --output "type=image,name=$olareg/good:1,push=true" >good.log 2>&1 || fail "$(cat good.log)"
equal "a push that goes well" none "$(recorded_error "$daemon" "$olareg/good:1")"
! build "$bridge" app --output type=image,name=127.0.0.1:1/refused,push=true >refused.log 2>&1 || fail "a push to nobody"
recorded_error "$daemon" 127.0.0.1:1/refused | grep -q '^failed to push 127.0.0.1:1/refused: ' || fail "the record of a failed push"
for signal in INT KILL; do
  for i in 1 2 3; do
    push_and_send $signal "$bridge" "$stalled/app:$signal-$i"
    error=$(recorded_error "$daemon" "$stalled/app:$signal-$i")
    grep -qi 'cancel\|session has ended' <<<"$error" || fail "the record of a push under SIG$signal: $error"
  done
done

echo "--- a daemon without the hook has built by then, and says so"
for signal in INT KILL; do
  push_and_send $signal "$old_bridge" "$stalled/old:$signal"
  equal "SIG$signal" none "$(recorded_error "$old" "$stalled/old:$signal")"
done
build "$old_bridge" app --output "type=image,name=$olareg/good:2,push=true" >good.log 2>&1 || fail "$(cat good.log)"

echo "--- a bridge that ends: a build in its frontend goes on, with all that it still calls; a new one is refused"
start_registry fake=--fault\ delay=4s@manifest-get
build "$daemon" app --output type=docker,name=base,dest=base.tar >base.log 2>&1 || fail "$(cat base.log)"
crane push base.tar "$host/base:1" >crane.log 2>&1 || fail "$(cat crane.log)"
mkdir from
printf 'FROM %s/base:1\nLABEL a=b\n' "$host" >from/Dockerfile
"$WAYBILL" bridge --listen "unix://$sockets/ending.sock" --upstream "$daemon" --drain-seconds 60 >ending.log 2>&1 &
ending_pid=$!
process_pids+=("$ending_pid")
wait_for_socket "$sockets/ending.sock" ending.log
build "unix://$sockets/ending.sock" from --output "type=image,name=$olareg/drained:1,push=true" >drained.log 2>&1 &
client=$!
eventually grep -q 'load metadata for' drained.log
kill -TERM "$ending_pid"
eventually grep -q draining ending.log
! build "unix://$sockets/ending.sock" app --output type=local,dest=late >late.log 2>&1 || fail "a build that came late"
wait "$client" || fail "a build in its frontend: $(cat drained.log)"
crane digest "$olareg/drained:1" >/dev/null || fail "drained:1"
wait "$ending_pid" || fail "$(cat ending.log)"
