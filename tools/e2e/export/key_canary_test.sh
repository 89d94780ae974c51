#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Keys, passphrases and PINs get nowhere: not into what the command, an export and a service print, log, answer, count, write
# and push, and not into a core file of the service; whatever fails. bridge/bridge_sign_test does the same for the bridge.
# shellcheck disable=SC2154 # host is set by start_registry
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/canary.sh
. tools/e2e/canary.sh
need_peers registry crane cosign
tree=$PWD
cp -rL testdata/sample "$TEST_TMPDIR"
cd "$TEST_TMPDIR"
sockets=$(mktemp -d /tmp/waybill-e2e.XXXXXX) # a socket's path must be short
trap 'rm -rf "$sockets"; stop_registries' EXIT
export SOURCE_DATE_EPOCH=1700000000
make_canaries secrets
readonly module=/usr/lib/softhsm/libsofthsm2.so
export SOFTHSM2_CONF=$TEST_TMPDIR/softhsm2.conf
mkdir tokens said
echo "directories.tokendir = $TEST_TMPDIR/tokens" >softhsm2.conf
softhsm2-util --init-token --free --label waybill --pin "$canary_pin" --so-pin 12345678 >/dev/null
pkcs11-tool --module $module --token-label waybill --login --pin "$canary_pin" --keypairgen --key-type EC:prime256v1 --label key --id 01 >/dev/null
readonly token="pkcs11:token=waybill;object=key?module-path=$module"
# A program that tells all that it has.
printf '#!/bin/bash\n{ cat; env; } | tee /dev/stderr\nexit 3\n' >talkative
chmod +x talkative
start_registry distribution

said=0
# ends CODE COMMAND...   What it says goes into a file of its own below said/.
ends() {
  said=$((said + 1))
  local code=0
  "${@:2}" >"said/$said.out" 2>"said/$said.err" || code=$?
  [ "$code" = "$1" ] || { echo "FAIL  exit code $code: ${*:2}"; cat "said/$said.out" "said/$said.err"; exit 1; }
}
export_with() {
  "$WAYBILL" export --progress rawjson --result sample --metadata-file "said/metadata-$RANDOM.json" \
    --output "type=registry,name=$host/app:1,oci-artifact=true,sign=$1,sign-image=true" "${@:2}"
}

echo "# exports"
ends 0 export_with secrets/key.pem
ends 0 env WAYBILL_PASSPHRASE="$canary_passphrase" "$WAYBILL" export --result sample --output "type=oci,dest=said/app.tar,name=a/b:1,sign=secrets/encrypted.pem"
export WAYBILL_PASSPHRASE=$canary_wrong
ends 1 export_with secrets/encrypted.pem
ends 1 export_with secrets/broken.pem
ends 1 export_with secrets/wrong
ends 4 export_with "exec:./talkative"
ends 1 export_with "$token"
export WAYBILL_PASSPHRASE=$canary_pin
ends 0 export_with "$token"
unset WAYBILL_PASSPHRASE
ends 1 export_with "$token&pin-value=$canary_pin"

echo "# edits"
for command in sign "publish --profiles bundle"; do
  read -ra words <<<"$command"
  ends 0 "$WAYBILL" "${words[@]}" "$host/app:1" --json --key secrets/encrypted.pem --passphrase-file secrets/passphrase
  ends 0 "$WAYBILL" "${words[@]}" "$host/app:1" --key "$token" --passphrase-file secrets/pin
  ends 1 "$WAYBILL" "${words[@]}" "$host/app:1" --key secrets/encrypted.pem --passphrase-file secrets/wrong
  ends 1 "$WAYBILL" "${words[@]}" "$host/app:1" --key "$token" --passphrase-file secrets/wrong
  ends 1 "$WAYBILL" "${words[@]}" "$host/app:1" --key secrets/broken.pem
  ends 1 "$WAYBILL" "${words[@]}" "$host/app:1" --key "$token&pin-value=$canary_pin"
done

echo "# a service"
ends 1 "$WAYBILL" serve --listen "unix://$sockets/s.sock" --root said/refused --signing-key "key=secrets/encrypted.pem,secrets/wrong"
ends 1 "$WAYBILL" serve --listen "unix://$sockets/s.sock" --root said/refused --signing-key "key=$token&pin-value=$canary_pin"
"$WAYBILL" serve --listen "unix://$sockets/s.sock" --metrics "unix://$sockets/m.sock" --log-format json --root said/root \
  --signing-key "file=secrets/key.pem" --signing-key "encrypted=secrets/encrypted.pem,secrets/passphrase" \
  --signing-key "token=$token,secrets/pin" >said/serve.log 2>&1 &
readonly service=$!
registry_pids+=("$service")
eventually test -S "$sockets/s.sock"
for key in file encrypted token; do ends 0 export_with $key --addr "unix://$sockets/s.sock"; done
ends 1 export_with nobody --addr "unix://$sockets/s.sock"
ends 1 export_with "$token&pin-value=$canary_pin" --addr "unix://$sockets/s.sock"
ends 1 env WAYBILL_PASSPHRASE="$canary_wrong" "$WAYBILL" export --result sample --addr "unix://$sockets/s.sock" --output "type=oci,dest=said/none.tar,sign=secrets/encrypted.pem"
curl -sS --unix-socket "$sockets/m.sock" http://localhost/metrics >said/metrics
check "it counted exports" grep -q waybill_exports said/metrics
check "cosign verifies what the canary signed" cosign verify --key secrets/key.pub --insecure-ignore-tlog --allow-http-registry "$host/app:1"
(cd "$tree" && no_canary_in_core "$TEST_TMPDIR/secrets" "$service")
kill "$service"
wait "$service" || true

echo "# wherever they may be"
tar -xf said/app.tar -C said
no_canary secrets said registry-0.log registry-0.log.d
