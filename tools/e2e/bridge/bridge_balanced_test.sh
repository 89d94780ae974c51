#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two bridges behind one address: a balancer of connections, HAProxy as docs/scale.md configures it. Builds of many clients, with sessions,
# pushes and files, work whichever bridge they meet; one bridge goes while builds run, and none fails.
# shellcheck disable=SC2154 # host, daemon, bridge are set by the functions that start them
set -euo pipefail
tree=$PWD
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
need_peers buildkitd buildctl buildx olareg crane haproxy
need_buildkit
cd "$TEST_TMPDIR"
mkdir app
printf 'FROM scratch\nCOPY Dockerfile /\n' >app/Dockerfile
start_registry olareg
start_daemon daemon
start_bridge one "$daemon"
one_pid=$bridge_pid
start_bridge two "$daemon"

# The example of the documentation, with these sockets.
sed -n '/^```haproxy$/,/^```$/p' "$tree/docs/scale.md" | sed -e '/^```/d' -e "s#/run/waybill/#$sockets/#" >haproxy.cfg
haproxy -db -f haproxy.cfg >haproxy.log 2>&1 &
process_pids+=($!)
wait_for_socket "$sockets/builds.sock" haproxy.log
balanced=unix://$sockets/builds.sock

exports() { grep -c '^export ' "$1.log" || true; }

echo "--- many clients"
pids=()
for i in $(seq 8); do
  build "$balanced" app --opt attest:provenance=mode=min --output "type=image,push=true,oci-artifact=true,name=$host/app:$i" \
    --output "type=oci,dest=app-$i.tar,name=example.com/app:$i" >"build-$i.log" 2>&1 &
  pids+=($!)
done
for i in $(seq 8); do
  wait "${pids[i - 1]}" || fail "build $i: $(cat "build-$i.log")"
  crane digest --insecure "$host/app:$i" >/dev/null || fail "build $i has no image"
done
for name in one two; do [ "$(exports $name)" -ge 2 ] || fail "bridge $name exported nothing: $(cat $name.log)"; done
equal "every exporter of every build" 16 $(($(exports one) + $(exports two)))

echo "--- buildx, whose connection stays with one bridge"
export BUILDX_CONFIG=$TEST_TMPDIR/buildx
buildx create --name balanced --driver remote "$balanced" >/dev/null
check "a build" timeout 120 buildx --builder balanced build --attest type=provenance,mode=min --output "type=registry,name=$host/app:buildx" app
check "its image is there" crane digest --insecure "$host/app:buildx"

echo "--- one bridge goes"
/usr/bin/python3 -c 'import socket, sys
balancer = socket.socket(socket.AF_UNIX)
balancer.connect(sys.argv[1])
balancer.sendall(b"set server bridges/one state drain\n")
print(balancer.recv(4096).decode())' "$sockets/haproxy.sock"
first=$(exports one)
pids=()
for i in $(seq 11 16); do
  build "$balanced" app --output "type=image,push=true,name=$host/app:$i" >"build-$i.log" 2>&1 &
  pids+=($!)
done
kill -TERM "$one_pid"
for i in $(seq 11 16); do wait "${pids[i - 11]}" || fail "build $i: $(cat "build-$i.log")"; done
equal "the other one did them all" "$first" "$(exports one)"
