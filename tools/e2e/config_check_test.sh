#!/bin/bash
# waybill config check: what a file means, and every fault that would otherwise show in the middle of a push.
set -euo pipefail
cd "$TEST_TMPDIR"

fail() { echo "FAIL: $*" >&2; exit 1; }

# check CODE TEXT   The file says TEXT with this exit code.
check() {
  local code=0
  "$WAYBILL" config check config.toml >said 2>&1 || code=$?
  [ "$code" = "$1" ] && grep -qF -- "$2" said || fail "exit code $code instead of $1, or no \"$2\" in: $(cat said)"
}

for name in one two; do
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj "/CN=$name" -keyout $name.key -out $name.pem 2>/dev/null
done
openssl ec -in one.key -aes128 -passout pass:word -out locked.key 2>/dev/null
echo nonsense >nonsense.pem

cat >config.toml <<'END'
debug = true
[registry."docker.io"]
mirrors = ["mirror.example:5000"]
[registry."a.example"]
ca = ["one.pem", "two.pem"]
insecure = true
referrers-fallback = "never"
[[registry."a.example".keypair]]
cert = "one.pem"
key = "one.key"
END
check 0 'docker.io: https://registry-1.docker.io; read from mirror.example:5000 first'
check 0 'a.example: https://a.example (unverified); referrers-fallback never'

# The rest: one fault each.
ca='[registry."h"]
ca'
pair='[[registry."h".keypair]]
cert = "one.pem"
key'
echo "$ca = [\"none.pem\"]" >config.toml
check 1 'registry."h".ca: open none.pem: No such file or directory'
echo "$ca = [\"one.pem\", \"nonsense.pem\"]" >config.toml
check 1 'registry."h".ca: nonsense.pem: no PEM certificate'
echo "$pair = \"two.key\"" >config.toml
check 1 'registry."h": two.key: not the key of one.pem'
echo "$pair = \"locked.key\"" >config.toml
check 1 'registry."h": locked.key: no PEM key without a passphrase'
echo '[registry."h"]
tlsconfigdir = ["none"]' >config.toml
check 0 'warning: registry."h".tlsconfigdir: there is no directory none'
echo '[registries."h"]
http = true' >config.toml
check 1 'config.toml:1: registries: no such table; [registry."host"] is wanted'
