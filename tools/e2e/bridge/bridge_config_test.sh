#!/bin/bash
# The bridge reaches registries as its configuration file says.
# shellcheck disable=SC2154 # host, daemon, bridge are set by the functions that start them
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
need_peers buildkitd buildctl registry crane
need_buildkit

cd "$TEST_TMPDIR"
mkdir app
printf 'FROM scratch\nCOPY Dockerfile /\n' >app/Dockerfile
start_registry distribution
start_daemon daemon

# push_attested REPOSITORY   Through the bridge; prints how many fallback tags there are then.
push_attested() {
  build "$bridge" app --opt attest:provenance=mode=max --output "type=image,name=$host/$1:1,push=true,oci-artifact=true" \
    >push.log 2>&1 || fail "$(cat push.log)"
  crane ls "$host/$1" | grep -c '^sha256-' || true
}

echo "--- without a file: a registry without the referrers API gets a tag"
start_bridge plain "$daemon"
[ "$(push_attested plain)" = 1 ] || fail "no fallback tag"

echo "--- with one"
printf '[registry."%s"]\n  referrers-fallback = "never"\n' "$host" >waybill.toml
export WAYBILL_CONFIG=$PWD/waybill.toml
start_bridge configured "$daemon"
[ "$(push_attested configured)" = 0 ] || fail "a fallback tag that the file forbids"

echo "--- SIGHUP: the file read again, while a build runs"
reads_again() { [ "$(grep -c "$2" configured.log)" = "$1" ]; }
cat >app/Slow.Dockerfile <<'DOCKERFILE'
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "sleep", "5"]
DOCKERFILE
cp /usr/bin/busybox app
: >slow.log
build "$bridge" app --opt filename=Slow.Dockerfile --output "type=image,name=$host/slow:1,push=true" >slow.log 2>&1 &
slow=$!
eventually grep -q RUN slow.log || fail "$(cat slow.log)"
printf '[registry."%s"]\n  referrers-fallback = "auto"\n' "$host" >waybill.toml
kill -HUP "$bridge_pid"
eventually reads_again 1 'read the settings again' || fail "$(cat configured.log)"
[ "$(push_attested again)" = 1 ] || fail "no fallback tag, which the file allows now"
wait "$slow" || fail "the build that ran: $(cat slow.log)"
crane digest --insecure "$host/slow:1" >/dev/null || fail "the build that ran has no image"
echo '[registry' >waybill.toml
kill -HUP "$bridge_pid"
eventually reads_again 1 'the settings stay as they were: .*waybill.toml' || fail "$(cat configured.log)"
[ "$(push_attested still)" = 1 ] || fail "a wrong file changes something"

echo "--- with a wrong one it does not start"
echo '[registry' >waybill.toml
! "$WAYBILL" bridge --listen "unix://$sockets/wrong.sock" --upstream "$daemon" 2>wrong.log || fail "started"
grep -q "^waybill: WAYBILL_CONFIG: $PWD/waybill.toml" wrong.log || fail "$(cat wrong.log)"
