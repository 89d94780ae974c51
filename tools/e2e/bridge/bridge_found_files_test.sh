#!/bin/bash
# The bridge finds the daemon's content store by the daemon's socket: as the daemon's command line says, in a mount
# namespace of the daemon's own, and again when the daemon starts with another root. Otherwise it reads through the API.
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
cp /usr/bin/busybox app/
printf 'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox","sh","-c","echo layer >/layer"]\n' >app/Dockerfile
start_registry distribution
registry_pid=${registry_pids[-1]}

# lines LOG   What the bridge says about how it reads layers.
lines() { grep '^layers are read' "$1.log" || true; }
# says LOG LINE   It is the last of them: the bridge looks when it listens already.
says() { eventually is_last "$@" || fail "$(cat "$1.log")"; }
# shellcheck disable=SC2053 # a pattern
is_last() { [[ "$(lines "$1" | tail -n 1)" == $2 ]]; }
# push BRIDGE NAME
push() { build "$1" app --output "type=image,name=$host/$2,push=true" >push.log 2>&1 || fail "$(cat push.log)"; }
# same_images NAME...   They have one digest.
same_images() {
  local name
  for name; do [ "$(crane digest "$host/$name")" = "$(crane digest "$host/$1")" ] || fail "another digest: $name"; done
}
is_pushed() { crane digest "$host/$1" >/dev/null 2>&1; }

echo "--- a store that is empty at the start is found by the first build"
start_daemon daemon
direct=$daemon
direct_pid=$daemon_pid
start_bridge finding "$daemon"
finding=$bridge
says finding "layers are read through the daemon's API until its files are found: *"
push "$direct" direct:1
push "$finding" found:1
same_images direct:1 found:1
says finding "layers are read from the daemon's files in $PWD/daemon/runc-overlayfs/content"

echo "--- one that has blobs is found at the start, and what is pushed comes from its files"
start_bridge started "$direct"
says started "layers are read from the daemon's files in $PWD/daemon/runc-overlayfs/content"
kill -STOP "$registry_pid"
build "$bridge" app --output "type=image,name=$host/files:1,push=true" >files.log 2>&1 &
client=$!
process_pids+=("$client")
connected() { ss -Htnp state established "dst $host" | grep -q "pid=$bridge_pid,"; }
eventually connected || fail "no push: $(cat files.log)"
# A daemon that stands still answers nothing.
kill -STOP "$direct_pid"
kill -CONT "$registry_pid"
eventually is_pushed files:1 || fail "the push needs the daemon"
kill -CONT "$direct_pid"
wait "$client" || fail "$(cat files.log)"
same_images direct:1 files:1
[ -n "$(find "/proc/$bridge_pid/fd" -lname "$PWD/daemon/runc-overlayfs/content")" ] || fail "the store is not open"

echo "--- off: through the API; a directory that is named wins"
start_bridge off "$direct" --upstream-content off
push "$bridge" off:1
same_images direct:1 off:1
[ -z "$(lines off)" ] || fail "$(cat off.log)"
[ -z "$(find "/proc/$bridge_pid/fd" -lname '*/content')" ] || fail "the store is open"
start_bridge named "$direct" --upstream-content "$PWD/daemon/runc-overlayfs/content"
push "$bridge" named:1
same_images direct:1 named:1
[ -z "$(lines named)" ] || fail "$(cat named.log)"

echo "--- a proxy before the daemon leads nowhere, and layers come over the session"
start_restricted_daemon restricted "$direct"
start_bridge proxied "$daemon" --spool-dir "$PWD/spool"
push "$bridge" proxied:1
same_images direct:1 proxied:1
says proxied "layers are read through the daemon's API until its files are found: *"
[ "$(lines proxied | wc -l)" = 1 ] || fail "$(cat proxied.log)"

echo "--- a daemon that starts again with another root: builds go on, and its files are found again"
kill "$direct_pid"
wait "$direct_pid" || true
cat >moved <<'SH'
#!/bin/bash
exec buildkitd "$@" --root "$TEST_TMPDIR/second"
SH
chmod +x moved
start_daemon daemon "$PWD/moved"
push "$finding" again:1
says finding "layers are read from the daemon's files in $PWD/second/runc-overlayfs/content"
crane validate --remote "$host/again:1" >/dev/null || fail "again:1"

echo "--- a store that only the daemon's mount namespace has"
cat >hidden <<'SH'
#!/bin/bash
# On a file system that nobody else sees.
root=$TEST_TMPDIR/hidden-daemon
mkdir -p "$root"
exec unshare --mount -- bash -c 'mount -t tmpfs tmpfs "$0" && exec buildkitd "$@"' "$root" "$@"
SH
chmod +x hidden
start_daemon hidden-daemon "$PWD/hidden"
push "$daemon" hidden:direct
[ -z "$(ls -A hidden-daemon)" ] || fail "its files can be seen"
start_bridge hidden "$daemon"
says hidden "layers are read from the daemon's files in $PWD/hidden-daemon/runc-overlayfs/content"
push "$bridge" hidden:1
same_images hidden:direct hidden:1
