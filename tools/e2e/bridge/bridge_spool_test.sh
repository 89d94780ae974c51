#!/bin/bash
# The bridge on daemons that do not give their blobs to read: layers come over the session and wait on disk. What comes
# out is the same, and nothing stays behind.
# shellcheck disable=SC2154 # host, daemon, bridge are set by the functions that start them
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
need_peers buildkitd buildkitd-v0.17 buildctl olareg crane
need_buildkit

cd "$TEST_TMPDIR"
mkdir app big
cp /usr/bin/busybox app/
cat >app/Dockerfile <<'DOCKERFILE'
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox","sh","-c","echo layer >/layer"]
DOCKERFILE
head -c 25000000 /dev/urandom >big/random
printf 'FROM scratch\nCOPY random /random\nCOPY random /again\n' >big/Dockerfile
start_registry "fake=--auth user:password"
closed=$host
start_registry olareg

is_empty() { [ -z "$(ls -A "$1" 2>/dev/null)" ]; }
empty_spool() { eventually is_empty "$1" || fail "the spool $1 has $(find "$1")"; }

for program in buildkitd buildkitd-v0.17; do
  start_daemon "$program" "$program"
  direct=$daemon
  start_bridge "$program-bridge" "$daemon" --spool-dir /proc/nowhere
  pulling=$bridge
  start_restricted_daemon "$program-restricted" "$daemon"
  restricted=$daemon
  spool=$PWD/$program-spool
  start_bridge "$program-receiver" "$restricted" --spool-dir "$spool"
  receiving=$bridge

  echo "--- $program: the images and archives of a bridge that may read"
  for options in "" ",compression=zstd,force-compression=true,annotation.a=b"; do
    build "$receiving" app --output "type=image,name=$host/app:received,push=true$options" >push.log 2>&1 || fail "$(cat push.log)"
    build "$pulling" app --output "type=image,name=$host/app:pulled,push=true$options" >push.log 2>&1 || fail "$(cat push.log)"
    [ "$(crane digest "$host/app:received")" = "$(crane digest "$host/app:pulled")" ] || fail "digests differ: $options"
    # crane reads no zstd.
    [ -n "$options" ] || crane validate --remote "$host/app:received" >/dev/null || fail "app:received"
  done
  build "$receiving" app --opt build-arg:SOURCE_DATE_EPOCH=1700000000 --output type=oci,dest=received.tar \
    --output type=oci,tar=false,dest="$program-layout" >tar.log 2>&1 || fail "$(cat tar.log)"
  build "$direct" app --opt build-arg:SOURCE_DATE_EPOCH=1700000000 --output type=oci,dest=direct.tar >tar.log 2>&1 || fail "$(cat tar.log)"
  cmp received.tar direct.tar || fail "archives differ"
  skopeo inspect --raw "oci:$program-layout" >/dev/null || fail "the client's layout"
  empty_spool "$spool"

  echo "--- $program: large layers, a push that fails, a client that is killed"
  build "$receiving" big --output "type=image,name=$host/big:1,push=true" >big.log 2>&1 || fail "$(cat big.log)"
  crane validate --remote "$host/big:1" >/dev/null || fail "big:1"
  ! build "$receiving" big --output "type=image,name=$closed/big:1,push=true" >refused.log 2>&1 || fail "a push without credentials"
  grep -q "failed to push $closed/big:1: .*401" refused.log || fail "$(cat refused.log)"
  empty_spool "$spool"
  (timeout -s KILL 0.6 buildctl --addr "$receiving" build --frontend dockerfile.v0 --local context=big --local dockerfile=big \
    --no-cache --output "type=image,name=$host/big:2,push=true" || true) >/dev/null 2>&1
  empty_spool "$spool"

  echo "--- $program: a spool that cannot be written or is too small fails the build"
  start_bridge "$program-nowhere" "$restricted" --spool-dir /proc/nowhere
  ! build "$bridge" app --output "type=image,name=$host/app:nowhere,push=true" >nowhere.log 2>&1 || fail "a build without a spool"
  grep -q '^error: .*spool: .*/proc/nowhere' nowhere.log || fail "$(cat nowhere.log)"
  start_bridge "$program-small" "$restricted" --spool-dir "$spool" --spool-limit 1MiB
  ! build "$bridge" big --output "type=image,name=$host/big:3,push=true" >small.log 2>&1 || fail "a build above the limit"
  grep -q "^error: .*spool $spool: no room for a layer of" small.log || fail "$(cat small.log)"
  empty_spool "$spool"
done

echo "--- a bridge that is killed leaves its spool to the next one, which leaves alone what another bridge still needs"
registry_pid=${registry_pids[-1]}
spool=$PWD/shared-spool
start_bridge killed "$restricted" --spool-dir "$spool"
killed=$bridge
killed_pid=$bridge_pid
start_bridge living "$restricted" --spool-dir "$spool"
living=$bridge
# Nothing is pushed until the registry goes on: both builds wait with their layers on disk.
kill -STOP "$registry_pid"
build "$killed" big --output "type=image,name=$host/big:killed,push=true" >killed.log 2>&1 &
killed_client=$!
build "$living" big --output "type=image,name=$host/big:living,push=true" >living.log 2>&1 &
living_client=$!
stored() { find "$spool" -path '*/blobs/*' -type f -size +20M | wc -l; }
all_stored() { [ "$(stored)" = 4 ]; }
eventually all_stored || fail "not two layers for each build: $(find "$spool")"
kill -KILL "$killed_pid"
! wait "$killed_client" || fail "a build without its bridge"
[ "$(stored)" = 4 ] || fail "somebody removed what a killed bridge left"
start_bridge next "$restricted" --spool-dir "$spool"
[ "$(stored)" = 2 ] && [ "$(find "$spool" -mindepth 1 -maxdepth 1 | wc -l)" = 1 ] || fail "after the start of the next bridge: $(find "$spool")"
kill -CONT "$registry_pid"
wait "$living_client" || fail "$(cat living.log)"
crane validate --remote "$host/big:living" >/dev/null || fail "big:living"
empty_spool "$spool"
