#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Clients that flood `waybill serve`: 10,000 uploads, 10,000 streams, 2,000 exports. Each has what one client may have and no more, the service's memory and
# descriptors stay bounded, and other clients export meanwhile: another address, and another user of the same socket.
set -euo pipefail
# shellcheck source=tools/e2e/eventually.sh
. tools/e2e/eventually.sh
work=$TEST_TMPDIR
sockets=$(mktemp -d /tmp/flood-XXXXXX) # a socket's path must be short
cp -RL testdata/sample "$work/sample"  # bundles have no symbolic links
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -r "$sockets"' EXIT
# AddressSanitizer keeps freed memory, and puts more around each piece.
limit_mib=400
! grep -qa __asan_init "$WAYBILL" || limit_mib=1600
readonly connections=6 limit_mib limit_fds=1500

fail() {
  echo "FAIL  $*"
  tail -n 5 "$work"/*.log
  exit 1
}

"$WAYBILL" serve --listen "unix://$sockets/s" --listen tcp://127.0.0.1:0 --root "$work/root" --parallel-exports 2 --quiet 2>"$work/serve.log" &
server=$!
pids+=("$server")
eventually grep -qs '^listening on tcp' "$work/serve.log" || fail "no service"
tcp=$(sed -n 's/^listening on \(tcp:.*\)/\1/p' "$work/serve.log")
chmod 755 "$sockets"
chmod 666 "$sockets/s"

mkfifo "$work/silence"
exec {silence}<>"$work/silence" # never ends, so that the floods last until they are killed

export_once() {
  timeout 120 "$WAYBILL" export --progress quiet --addr "unix://$sockets/s" --result "$work/sample" --output "type=oci,dest=$work/image.tar,name=example.com/app:1"
}

# flood NAME KIND CALLS ADDRESS [COMMAND...]: so many calls from six connections, begun by COMMAND's user, while root exports
flood() {
  local name=$1 kind=$2 calls=$3 address=$4 i served=0 peak_fds=0 fds kib floods=()
  shift 4
  for ((i = 0; i < connections; ++i)); do
    "$@" "$HOLD" "$address" "$kind" $((calls / connections + 1)) <&"$silence" >"$work/$name.$i.log" 2>&1 &
    floods+=("$!")
  done
  pids+=("${floods[@]}")
  while :; do
    export_once || fail "$name: another client's export failed"
    served=$((served + 1))
    fds=$(find "/proc/$server/fd" -mindepth 1 | wc -l)
    [ "$fds" -le "$peak_fds" ] || peak_fds=$fds
    [ "$(cat "$work/$name".*.log | grep -c '^holding$')" -lt $connections ] || [ $served -lt 5 ] || break
  done
  kib=$(awk '/^VmHWM/ { print $2 }' "/proc/$server/status")
  kill "${floods[@]}"
  wait "${floods[@]}" || true
  echo "ok    $name: $calls calls; $served exports of another client; peak RSS $((kib >> 10)) MiB, $peak_fds descriptors"
  [ "$kib" -lt $((limit_mib << 10)) ] || fail "$name: $((kib >> 10)) MiB"
  [ "$peak_fds" -lt $limit_fds ] || fail "$name: $peak_fds descriptors"
  echo 5 >"/proc/$server/clear_refs"
}

# bounded LEAST MOST: as many uploads stay
bounded() {
  local stay
  stay=$(uploads)
  if [ "$stay" -lt "$1" ] || [ "$stay" -gt "$2" ]; then fail "$stay uploads stay, not $1 to $2"; fi
}
uploads() { find "$work/root/uploads" -mindepth 1 -maxdepth 1 2>/dev/null | wc -l; }

flood uploads openings 10000 "$tcp" env
bounded 900 1000 # of a client that may have 1000
flood streams watches 10000 "$tcp" env
flood exports small-exports 2000 "$tcp" env
if [ "$(id -u)" = 0 ]; then
  # Another user of the same socket.
  install -m 755 "$HOLD" "$sockets/hold"
  HOLD=$sockets/hold
  flood users-uploads openings 10000 "unix://$sockets/s" setpriv --reuid 65534 --regid 65534 --clear-groups
  bounded 1900 2000 # of two clients
fi
export_once || fail "afterwards"
