#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# waybill serve with TLS: certificates are asked for, given and checked, and new ones count without a restart.
set -euo pipefail

# shellcheck source=tools/e2e/eventually.sh
. tools/e2e/eventually.sh
cp -RL testdata/sample "$TEST_TMPDIR/sample"
cd "$TEST_TMPDIR"
# gRPC's threads may still run when the process ends. OpenSSL keeps the random generator of each such thread then.
printf 'leak:libcrypto.so\n' >kept-at-exit
export LSAN_OPTIONS=suppressions=$TEST_TMPDIR/kept-at-exit:print_suppressions=0
socket=$(mktemp -u /tmp/waybill-XXXXXX.sock) # a socket's path must be short
fail() {
  echo "FAIL: $*"
  exit 1
}
trap 'kill $(jobs -p) 2>/dev/null || true; wait || true; rm -f "$socket"' EXIT

# authority NAME; certificate NAME AUTHORITY
authority() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj "/CN=$1" -keyout "$1.key" -out "$1.pem" 2>/dev/null; }
certificate() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$1.key" -out "$1.csr" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days 1 -out "$1.pem" \
    -extfile <(printf 'subjectAltName=DNS:%s,IP:127.0.0.1' "$1") 2>/dev/null
}
authority ours
authority theirs
certificate server ours
certificate client ours
certificate stranger theirs

"$WAYBILL" serve --listen tcp://127.0.0.1:0 --listen "unix://$socket" --root state --tls-cert server.pem --tls-key server.key --tls-ca ours.pem \
  --drain-seconds 1 2>serve.log &
eventually grep -qs 'listening on tcp' serve.log || fail "$(cat serve.log)"
address=$(sed -n 's/^listening on \(tcp:[^ ]*\).*/\1/p' serve.log)
# export_by [OPTION...]   To a service; its words in export.log.
export_by() { timeout 60 "$WAYBILL" export --progress plain --result sample -o type=oci,dest=remote.tar,source-date-epoch=0 "$@" >export.log 2>&1; }

"$WAYBILL" export --progress quiet --result sample -o type=oci,dest=local.tar,source-date-epoch=0
export_by --addr "$address" --tls-ca ours.pem --tls-cert client.pem --tls-key client.key || fail "$(cat export.log)"
cmp local.tar remote.tar
owner=$(/usr/bin/python3 -c 'import os, sys; print(os.getxattr(sys.argv[1], "user.waybill.owner").decode())' "$(find state/blobs -type f | head -n 1)")
[ "$owner" = CN=client ] || fail "blobs count for the client $owner"
export_by --addr "unix://$socket" || fail "a socket needs no certificate: $(cat export.log)"

# refused WHAT WORDS OPTION...
refused() {
  local what=$1 words=$2
  shift 2
  ! export_by "$@" || fail "$what"
  grep -qF -- "$words" export.log || fail "$what: $(cat export.log)"
}
refused "a client without a certificate" "service $address" --addr "$address" --tls-ca ours.pem
refused "a client of another authority" "service $address" --addr "$address" --tls-ca ours.pem --tls-cert stranger.pem --tls-key stranger.key
refused "a service of another authority" "service $address" --addr "$address" --tls-ca theirs.pem --tls-cert client.pem --tls-key client.key
refused "a service of another name" "service $address" --addr "$address" --tls-ca ours.pem --tls-cert client.pem --tls-key client.key \
  --tls-server-name other
refused "a client without TLS" "service $address" --addr "$address"
refused "half a pair" "a certificate and a key belong together" --addr "$address" --tls-cert client.pem
refused "TLS on a socket" "only tcp:// addresses are encrypted" --addr "unix://$socket" --tls-ca ours.pem
refused "TLS without a service" "there is no --addr" --tls-ca ours.pem
! "$WAYBILL" serve --listen "unix://$socket.other" --root other --tls-cert server.pem --tls-key server.key 2>error || fail "TLS without a tcp address"
grep -qF "only tcp:// addresses are encrypted" error || fail "$(cat error)"
! "$WAYBILL" serve --listen tcp://127.0.0.1:0 --root other --tls-cert none.pem --tls-key server.key 2>error || fail "a certificate that is not there"
grep -qF "none.pem: No such file or directory" error || fail "$(cat error)"

echo "--- a name that the certificate has"
export_by --addr "$address" --tls-ca ours.pem --tls-cert client.pem --tls-key client.key --tls-server-name server || fail "$(cat export.log)"

echo "--- another authority for clients, without a restart"
cp ours.pem trusted.pem
cat ours.pem theirs.pem >both.pem
mv both.pem ours.pem
by_stranger() { export_by --addr "$address" --tls-ca trusted.pem --tls-cert stranger.pem --tls-key stranger.key; }
eventually by_stranger || fail "$(cat export.log)"
