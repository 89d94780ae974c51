#!/bin/bash
# The bridge beside a daemon whose content store it can read as files. The daemon's address gives nothing to read and
# there is no spool: what is delivered comes from the files.
# shellcheck disable=SC2154 # host, daemon, bridge are set by the functions that start them
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
need_peers buildkitd buildctl olareg crane
need_buildkit

cd "$TEST_TMPDIR"
mkdir app
cp /usr/bin/busybox app/
printf 'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox","sh","-c","echo layer >/layer"]\n' >app/Dockerfile
start_registry olareg
start_daemon daemon
direct=$daemon
files=$PWD/daemon/runc-overlayfs/content
start_restricted_daemon restricted "$daemon"
restricted=$daemon

echo "--- images and archives, from a store that is still empty at first"
start_bridge reader "$restricted" --spool-dir /proc/nowhere --upstream-content "$files"
build "$bridge" app --output "type=image,name=$host/app:1,push=true,compression=zstd" >push.log 2>&1 || fail "$(cat push.log)"
build "$direct" app --output "type=image,name=$host/app:2,push=true,compression=zstd" >push.log 2>&1 || fail "$(cat push.log)"
[ "$(crane digest "$host/app:1")" = "$(crane digest "$host/app:2")" ] || fail "digests differ"
build "$bridge" app --output type=oci,dest=bridge.tar >tar.log 2>&1 || fail "$(cat tar.log)"
build "$direct" app --output type=oci,dest=direct.tar >tar.log 2>&1 || fail "$(cat tar.log)"
cmp <(tar -xOf bridge.tar blobs) <(tar -xOf direct.tar blobs) || fail "archives differ"

echo "--- a file with other bytes is not delivered, one that is missing is received"
cp -r "$files" damaged
layer=$(crane manifest "$host/app:1" | jq -r '.layers[-1].digest')
blob=damaged/blobs/${layer/://}
chmod u+w "$blob"
printf 'X' | dd of="$blob" bs=1 seek=20 conv=notrunc status=none
start_bridge damaged "$restricted" --spool-dir "$PWD/spool" --upstream-content "$PWD/damaged"
! build "$bridge" app --output "type=image,name=$host/fresh:3,push=true,compression=zstd" >damaged.log 2>&1 || fail "a damaged file was pushed"
grep -q "^error: .*$layer" damaged.log || fail "$(cat damaged.log)"
! crane digest "$host/fresh:3" 2>/dev/null || fail "a tag of a damaged image"
rm "$blob"
build "$bridge" app --output "type=image,name=$host/fresh:3,push=true,compression=zstd" >push.log 2>&1 || fail "$(cat push.log)"
[ "$(crane digest "$host/fresh:3")" = "$(crane digest "$host/app:1")" ] || fail "digests differ"

echo "--- what is no store is refused at once, a daemon's that has not run yet is waited for"
for wrong in "$PWD/app" "$PWD/app/Dockerfile"; do
  ! "$WAYBILL" bridge --listen "unix://$sockets/wrong.sock" --upstream "$direct" --upstream-content "$wrong" 2>wrong.log || fail "$wrong"
  grep -q "^waybill: .*$wrong" wrong.log || fail "$(cat wrong.log)"
done
start_bridge early "$restricted" --spool-dir /proc/nowhere --upstream-content "$PWD/early"
grep -q "^$PWD/early is not there: until it is, layers are read through the daemon" early.log || fail "$(cat early.log)"
cp -r "$files" early
build "$bridge" app --output "type=image,name=$host/early:1,push=true,compression=zstd" >push.log 2>&1 || fail "$(cat push.log)"
