#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Clients that make `waybill serve` and `waybill bridge` hold memory for them: silent uploads of large messages, answers
# that nobody reads, exports that wait with large results, messages that the daemon does not take. Both have less than 400
# MiB of resident memory at any time, and another client is served meanwhile.
# usage: client_memory_test.sh WAYBILL HOLD STALLED_DAEMON
set -euo pipefail
waybill=$(realpath "$1") hold=$(realpath "$2") stalled_daemon=$(realpath "$3")
readonly waybill hold stalled_daemon
readonly limit=400 # MiB
work=${TEST_TMPDIR:-$(mktemp -d)}
sockets=$(mktemp -d /tmp/attack-XXXXXX) # a socket's path must be short
cp -RL testdata/sample "$work/sample"   # bundles have no symbolic links
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -r "$sockets"' EXIT

fail() {
  echo "FAIL: $*"
  for log in "$work"/*.log; do echo "-- $log" && tail -n 5 "$log"; done
  exit 1
}

# await FILE PATTERN: until a line of FILE, which a process writes, matches
await() {
  timeout 120 bash -c "until grep -q '$2' '$1' 2>/dev/null; do sleep 0.05; done" || fail "no \"$2\" in $1"
}

# start NAME COMMAND...: a server whose process is $server and whose tcp address is $tcp
start() {
  local name=$1
  shift
  : >"$work/$name.log"
  "$@" >>"$work/$name.log" 2>&1 &
  server=$!
  pids+=("$server")
  await "$work/$name.log" 'tcp://127'
  tcp=$(grep -o -m 1 'tcp://127[0-9.:]*' "$work/$name.log")
}

# attack KIND CALLS MEANWHILE...: runs MEANWHILE from the attack's begin on and once more when it holds what it got, and
# checks how many MiB the server had
attack() {
  local kind=$1 calls=$2 hold_pid kib served=0
  shift 2
  mkfifo "$work/$kind.in"
  : >"$work/$kind.log"
  "$hold" "$tcp" "$kind" "$calls" <"$work/$kind.in" >>"$work/$kind.log" 2>&1 &
  hold_pid=$!
  pids+=("$hold_pid")
  exec 9>"$work/$kind.in"
  until grep -q '^holding$' "$work/$kind.log"; do
    "$@" || fail "$kind: another client was not served at the beginning"
    served=$((served + 1))
  done
  "$@" || fail "$kind: another client was not served"
  exec 9>&-
  wait "$hold_pid" || fail "$kind: the attack failed"
  kib=$(awk '/^VmHWM/ { print $2 }' "/proc/$server/status")
  echo "ok    $calls $kind: peak RSS $((kib >> 10)) MiB, another client served $((served + 1)) times; $(tr '\n' ' ' <"$work/$kind.log")"
  [ "$kib" -lt $((limit << 10)) ] || fail "$kind: $((kib >> 10)) MiB"
  echo 5 >"/proc/$server/clear_refs"
}

export_elsewhere() {
  timeout 60 "$waybill" export --progress quiet --addr "unix://$sockets/serve.sock" --result "$work/sample" \
    --output "type=oci,name=example.com/app:1,dest=$work/image.tar" >"$work/export.log" 2>&1
}

# The exports of the attack have all turns; an upload is taken, and lasts until its client ends it (CANCELLED).
upload_elsewhere() {
  timeout 60 "$hold" "unix://$sockets/serve.sock" uploads 1 </dev/null >"$work/upload.log" 2>&1
  grep -q "1 calls ended with code 1$" "$work/upload.log"
}

start serve "$waybill" serve --listen "unix://$sockets/serve.sock" --listen tcp://127.0.0.1:0 --root "$work/root" \
  --parallel-exports 2 --client-calls 4000 --quiet
attack uploads 100 export_elsewhere
attack reads 1900 export_elsewhere
attack exports 20 upload_elsewhere

# The daemon answers each call at once.
calls_elsewhere() {
  timeout 60 "$hold" "unix://$sockets/bridge.sock" calls 20 </dev/null >"$work/calls.log" 2>&1
  grep -q "^20 calls ended with code 12$" "$work/calls.log"
}

"$stalled_daemon" "unix://$sockets/daemon.sock" >"$work/daemon.log" 2>&1 &
pids+=("$!")
await "$work/daemon.log" ready
start bridge "$waybill" bridge --listen "unix://$sockets/bridge.sock" --listen tcp://127.0.0.1:0 \
  --upstream "unix://$sockets/daemon.sock" --spool-dir "$work"
attack relays 200 calls_elsewhere
attack pours 500 calls_elsewhere
