#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Keys in a PKCS #11 token (SoftHSM) and behind a program: the command, an export and a service sign with them, and cosign
# verifies by the public key that the token or the program tells. The program is the example of docs/guide-sign.md.
# shellcheck disable=SC2154 # host is set by start_registry
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
need_peers olareg crane cosign
for program in softhsm2-util pkcs11-tool; do
  command -v "$program" >/dev/null || { echo "there is no $program (tools/peers/packages.txt)" >&2; exit 1; }
done
awk '/^```bash$/ { inside = 1; next } /^```$/ { inside = 0 } inside' docs/guide-sign.md >"$TEST_TMPDIR/kms"
cp -rL testdata/sample testdata/keys "$TEST_TMPDIR"
cd "$TEST_TMPDIR"
sockets=$(mktemp -d /tmp/waybill-e2e.XXXXXX) # a socket's path must be short
trap 'rm -rf "$sockets"; stop_registries' EXIT
export SOURCE_DATE_EPOCH=1700000000
chmod +x kms
readonly module=/usr/lib/softhsm/libsofthsm2.so pin=482915
export SOFTHSM2_CONF=$TEST_TMPDIR/softhsm2.conf
mkdir tokens
echo "directories.tokendir = $TEST_TMPDIR/tokens" >softhsm2.conf
echo "$pin" >pin
softhsm2-util --init-token --free --label waybill --pin $pin --so-pin 12345678 >/dev/null
# token_key LABEL ID KIND   Makes the key, and LABEL.pub of it.
token_key() {
  pkcs11-tool --module $module --token-label waybill --login --pin $pin --keypairgen --key-type "$3" --label "$1" --id "$2" >/dev/null
  pkcs11-tool --module $module --token-label waybill --read-object --type pubkey --id "$2" --output-file "$1.der" >/dev/null
  openssl pkey -pubin -inform DER -in "$1.der" -out "$1.pub"
}
token_key p256 01 EC:prime256v1
token_key rsa 02 rsa:2048
# pkcs11-tool cannot write the public half of this one.
softhsm2-util --import keys/p384.key --token waybill --label p384 --id 03 --pin $pin >/dev/null
cp keys/p384.pub .
readonly token="pkcs11:token=waybill" from="module-path=$module"
start_registry olareg
push() { "$WAYBILL" export --progress plain --result sample --output "type=registry,name=$1,oci-artifact=true${2:+,$2}" "${@:3}"; }
# attested KEY IMAGE   Each image has an SBOM that the key signed.
attested() {
  local digest
  for digest in $(crane manifest --insecure "$2" | jq -r '.manifests[] | select(.platform.os == "linux") | .digest'); do
    cosign verify-attestation --key "$1" --insecure-ignore-tlog --allow-http-registry --type spdxjson "${2%:*}@$digest" || return 1
  done
}

echo "# keys in a token"
for key in p256 rsa p384; do
  check "an image" push "$host/token:$key"
  check "$key signs, by a file with the PIN" "$WAYBILL" sign "$host/token:$key" --key "$token;object=$key?$from&pin-source=file:$PWD/pin"
  check "cosign verifies it" attested $key.pub "$host/token:$key"
done
check "an export, with the PIN from the environment" env WAYBILL_PASSPHRASE=$pin \
  "$WAYBILL" export --progress plain --result sample --output "type=registry,name=$host/token:export,oci-artifact=true,sign=$token;id=%01?$from,sign-image=true"
check "cosign verifies its statements" attested p256.pub "$host/token:export"
check "and the image" cosign verify --key p256.pub --insecure-ignore-tlog --allow-http-registry "$host/token:export"
check "an image" push "$host/token:all"
check "the tokens of all modules, by p11-kit" "$WAYBILL" sign "$host/token:all" --key "$token;object=rsa" --passphrase-file pin
check "cosign verifies it" attested rsa.pub "$host/token:all"

echo "# tokens and keys that are not there"
refused() { equal "$1" "$2" "$(exit_code "$WAYBILL" sign "$host/token:p256" --key "$4" "${@:5}")"; says "$3"; }
echo 999999 >wrong
refused "another token" 1 "there is no such token" "pkcs11:token=other;object=p256?$from" --passphrase-file pin
refused "another key" 1 "the token has no such private key" "$token;object=other?$from" --passphrase-file pin
refused "a wrong PIN" 1 "the token does not take this PIN" "$token;object=p256?$from" --passphrase-file wrong
refused "no PIN" 1 "no PIN is given" "$token;object=p256?$from"
refused "a PIN in the name" 1 "pin-value: a PIN stands in no name of a key" "$token;object=p256?$from&pin-value=$pin"
equal "is not told" 0 "$(cat out err | grep -c $pin || true)"
refused "two sources of a PIN" 1 "one of them is expected" "$token;object=p256?$from&pin-source=file:$PWD/pin" --passphrase-file pin
refused "a key that is no match" 1 "the attribute library-version" "pkcs11:library-version=1;object=p256?$from"
token_key twin 04 EC:prime256v1
pkcs11-tool --module $module --token-label waybill --login --pin $pin --keypairgen --key-type EC:prime256v1 --label twin --id 05 >/dev/null
refused "two keys of one label" 1 "more than one private key" "$token;object=twin?$from" --passphrase-file pin

echo "# keys behind a program"
for key in p256-sec1 p384 rsa ed25519; do
  check "an image" push "$host/program:$key"
  check "$key signs" "$WAYBILL" sign "$host/program:$key" --key "exec:./kms keys/$key.key"
  check "cosign verifies it" attested keys/$key.pub "$host/program:$key"
done
check "an export" push "$host/program:export" "sign=exec:./kms keys/p384.key"
check "cosign verifies it" attested keys/p384.pub "$host/program:export"
printf '#!/bin/sh\necho "the vault is sealed" >&2\nexit 4\n' >sealed
chmod +x sealed
equal "a program that fails" 4 "$(exit_code push "$host/program:failed" "sign=exec:./sealed")"
says 'exporter option "sign": key exec:./sealed: exit code 4: the vault is sealed'
equal "nothing is pushed" 1 "$(exit_code crane digest --insecure "$host/program:failed")"

echo "# a service"
mkdir root
"$WAYBILL" serve --listen "unix://$sockets/s.sock" --root root --signing-key "token=$token;object=p256?$from,pin" \
  --signing-key "kms=exec:$PWD/kms $PWD/keys/rsa.key" >serve.log 2>&1 &
registry_pids+=($!)
eventually test -S "$sockets/s.sock"
for name in token kms; do check "signs with $name" push "$host/service:$name" "sign=$name" --addr "unix://$sockets/s.sock"; done
check "cosign verifies the token's" attested p256.pub "$host/service:token"
check "and the program's" attested keys/rsa.pub "$host/service:kms"
equal "its clients name no programs" 1 "$(exit_code push "$host/service:exec" "sign=exec:./kms keys/rsa.key" --addr "unix://$sockets/s.sock")"
says 'the operator has no key "exec:./kms keys/rsa.key"'
