#!/bin/bash
# The bridge with TLS on both sides: certificates are asked for, given and checked, to the client and to the daemon.
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
need_peers buildkitd buildctl
need_buildkit

cd "$TEST_TMPDIR"
# gRPC's threads may still run when the process ends. OpenSSL keeps the random generator of each such thread then.
printf 'leak:libcrypto.so\n' >kept-at-exit
export LSAN_OPTIONS=suppressions=$TEST_TMPDIR/kept-at-exit:print_suppressions=0
mkdir app
printf 'FROM scratch\nCOPY file /file\n' >app/Dockerfile
echo content >app/file
mkdir big
head -c 50000000 /dev/urandom >big/random
printf 'FROM scratch\nCOPY random /random\n' >big/Dockerfile

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=authority \
  -keyout ca.key -out ca.pem 2>/dev/null
for name in daemon bridge client; do
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" -keyout "$name.key" -out "$name.csr" 2>/dev/null
  openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 -out "$name.pem" \
    -extfile <(printf 'subjectAltName=DNS:%s,DNS:localhost,IP:127.0.0.1' "$name") 2>/dev/null
done

buildkitd --addr tcp://127.0.0.1:0 --tlscert daemon.pem --tlskey daemon.key --tlscacert ca.pem --root "$TEST_TMPDIR/root" \
  --oci-worker-net=host --oci-worker-snapshotter=overlayfs --containerd-worker=false >daemon.log 2>&1 &
process_pids+=($!)
daemon_port=$(listening_port $!) || fail "$(cat daemon.log)"

# tls_bridge NAME OPTION...   Sets `address`.
tls_bridge() {
  local name=$1
  shift
  "$WAYBILL" bridge --listen tcp://127.0.0.1:0 --tls-cert bridge.pem --tls-key bridge.key --tls-ca ca.pem \
    --upstream "tcp://127.0.0.1:$daemon_port" --drain-seconds 1 "$@" >"$name.log" 2>&1 &
  process_pids+=($!)
  address=tcp://127.0.0.1:$(listening_port $!) || fail "$(cat "$name.log")"
}
tls_build() {
  timeout 60 buildctl --addr "$address" "$@" build --frontend dockerfile.v0 --local context=app --local dockerfile=app \
    --output type=oci,dest=image.tar --progress plain >build.log 2>&1
}

tls_bridge right --upstream-tls-ca ca.pem --upstream-tls-cert client.pem --upstream-tls-key client.key --upstream-tls-server-name daemon
tls_build --tlscacert ca.pem --tlscert client.pem --tlskey client.key --tlsservername bridge || fail "$(cat build.log)"
tar -tf image.tar index.json >/dev/null || fail "no image"
! tls_build --tlscacert ca.pem --tlsservername bridge || fail "a client without a certificate"
! tls_build || fail "a client without TLS"

echo "--- other files: new connections get the new certificate, a build that runs goes on"
mkfifo slow.tar
timeout 100 buildctl --addr "$address" --tlscacert ca.pem --tlscert client.pem --tlskey client.key --tlsservername bridge build \
  --frontend dockerfile.v0 --local context=big --local dockerfile=big --output type=oci --progress plain >slow.tar 2>slow.log &
client=$!
exec 7<slow.tar
head -c 1000 <&7 >read.tar # it runs, and waits for its reader
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=other -keyout other-ca.key -out other-ca.pem 2>/dev/null
openssl x509 -req -in bridge.csr -CA other-ca.pem -CAkey other-ca.key -CAcreateserial -days 1 -out new.pem \
  -extfile <(printf 'subjectAltName=DNS:bridge') 2>/dev/null
cp bridge.pem old.pem
mv new.pem bridge.pem
changed() { tls_build --tlscacert other-ca.pem --tlscert client.pem --tlskey client.key --tlsservername bridge; }
eventually changed || fail "the new certificate: $(cat build.log right.log)"
! tls_build --tlscacert ca.pem --tlscert client.pem --tlskey client.key --tlsservername bridge || fail "the old certificate goes on"
cat <&7 >>read.tar
wait "$client" || fail "a build from before: $(cat slow.log)"
tar -tf read.tar index.json >/dev/null || fail "its image"
mv old.pem bridge.pem

tls_bridge no-certificate --upstream-tls-ca ca.pem --upstream-tls-server-name daemon
! tls_build --tlscacert ca.pem --tlscert client.pem --tlskey client.key --tlsservername bridge || fail "a bridge without a certificate"
tls_bridge wrong-name --upstream-tls-ca ca.pem --upstream-tls-cert client.pem --upstream-tls-key client.key --upstream-tls-server-name other
! tls_build --tlscacert ca.pem --tlscert client.pem --tlskey client.key --tlsservername bridge || fail "a daemon of another name"
echo passed
