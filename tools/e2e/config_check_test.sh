#!/bin/bash
# waybill config check: what a file means, and every fault that would otherwise show in the middle of a push.
set -euo pipefail
# shellcheck source=tools/e2e/eventually.sh
. tools/e2e/eventually.sh
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

# Options of commands.
echo '[serve]
drain-seconds = 30
parallel-exports = "many"' >config.toml
check 1 'config.toml:3: serve.parallel-exports: '
echo '[bridge]
upstreem = "unix:///run/buildkit/buildkitd.sock"' >config.toml
check 1 'config.toml:2: bridge.upstreem: waybill bridge has no such option (did you mean upstream?)'
code=0
"$WAYBILL" bridge --config config.toml >said 2>&1 || code=$?
[ $code = 1 ] && grep -q 'config.toml:2: bridge.upstreem' said || fail "the bridge: $code, $(cat said)"

# A service that has its options from three places: the flag goes before the variable, and that before the file.
sockets=$(mktemp -d /tmp/config-XXXXXX) # a socket's path must be short
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -r "$sockets"' EXIT
cat >config.toml <<END
[serve]
listen = ["unix://$sockets/file", "unix://$sockets/other"]
root = "$PWD/of-the-file"
drain-seconds = 0
END
"$WAYBILL" config check config.toml || fail "the file is good"
# serve LOG [OPTION]...   Starts it; says where it listens.
serve() {
  "$WAYBILL" serve "${@:2}" 2>"$1" &
  is_listening() { grep -q '^listening on' "$1" || ! kill -0 $!; }
  eventually is_listening "$1"
  kill -TERM $!
  wait $! || fail "$(cat "$1")"
  listening=$(sed -n 's/^listening on unix:\/\///p' "$1" | paste -sd ' ')
}
WAYBILL_CONFIG=$PWD/config.toml WAYBILL_SERVE_ROOT=$PWD/of-the-variable serve file.log
[ "$listening" = "$sockets/file $sockets/other" ] || fail "the file: $(cat file.log)"
[ -d of-the-variable ] && [ ! -e of-the-file ] || fail "the variable does not go before the file"
WAYBILL_SERVE_LISTEN="unix://$sockets/a unix://$sockets/b" serve variable.log --config config.toml
[ "$listening" = "$sockets/a $sockets/b" ] || fail "the variable: $(cat variable.log)"
WAYBILL_SERVE_LISTEN=unix://$sockets/a serve flag.log --config config.toml --listen "unix://$sockets/flag"
[ "$listening" = "$sockets/flag" ] || fail "the flag: $(cat flag.log)"
