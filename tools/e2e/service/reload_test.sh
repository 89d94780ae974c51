#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SIGHUP makes waybill serve read its settings again: signing keys, the configuration of registries, the level of the log. What is
# wrong leaves everything as it was, and an export that runs goes on.
# shellcheck disable=SC2154 # host is set by start_registry
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/eventually.sh
. tools/e2e/eventually.sh
need_peers olareg
cp -RL testdata/sample testdata/keys "$TEST_TMPDIR"
cd "$TEST_TMPDIR"
sockets=$(mktemp -d /tmp/reload-XXXXXX) # a socket's path must be short
trap 'kill ${server:-} 2>/dev/null || true; stop_registries; rm -rf "$sockets"' EXIT
start_registry olareg
ln -s "$PWD/keys/ed25519.key" signing.key
cat >waybill.toml <<TOML
[serve]
signing-key = ["release=$PWD/signing.key"]
log-level = "info"
TOML
"$WAYBILL" serve --listen "unix://$sockets/s" --root root --config waybill.toml 2>serve.log &
server=$!
eventually grep -q 'listening on' serve.log || { cat serve.log; exit 1; }

push() {
  "$WAYBILL" export --progress quiet --result sample --addr "unix://$sockets/s" \
    --output "type=registry,name=$host/app:$1,oci-artifact=true,sign=${2:-release}"
}
signed_by() { "$WAYBILL" verify "$host/app:$2" --all-platforms --key "keys/$1.pub"; }
# hang_up TIMES WORDS   SIGHUP, and waits until the log says WORDS for the TIMESth time.
told() { [ "$(grep -c "$2" serve.log)" = "$1" ]; }
hang_up() {
  kill -HUP "$server"
  eventually told "$1" "$2" || { echo "FAIL: no \"$2\" in the log"; cat serve.log; exit 1; }
}

echo "# keys"
check "signed by the first key" push 1
check "and verified" signed_by ed25519 1
ln -sfn "$PWD/keys/p384.key" signing.key
check "signed by the first key still" push 2
check "because nothing was said" signed_by ed25519 2
hang_up 1 'read the settings again'
check "signed by the second key" push 3
check "and verified" signed_by p384 3
equal "a name that is none" 1 "$(exit_code push 4 second)"
sed -i "s#^signing-key = .*#signing-key = [\"release=$PWD/signing.key\", \"second=$PWD/keys/ed25519.key\"]#" waybill.toml
hang_up 2 'read the settings again'
check "is one after that" push 4 second

echo "# registries"
cat >>waybill.toml <<TOML
[registry."docker.example"]
mirrors = ["$host"]
insecure = "perhaps"
TOML
hang_up 1 'the settings stay as they were: .*waybill.toml'
check "a wrong file changes nothing" push 5 second
sed -i '/^insecure = /d' waybill.toml
hang_up 3 'read the settings again'
check "a right one is taken" push 6

echo "# what needs a start"
sed -i 's/^log-level.*/log-level = "warning"\nparallel-exports = 3/' waybill.toml
kill -HUP "$server"
eventually grep -q -- '--parallel-exports: another value takes effect at the next start' serve.log
# The level takes effect after the warning.
quiet_push() {
  local before
  before=$(grep -c '^export ' serve.log)
  push 7 && [ "$(grep -c '^export ' serve.log)" = "$before" ]
}
eventually quiet_push || { echo "FAIL: exports are told at the level of warnings"; cat serve.log; exit 1; }
check "signed as before" signed_by p384 7

kill -TERM "$server"
code=0
wait "$server" || code=$?
equal "it ends well" 0 $code
