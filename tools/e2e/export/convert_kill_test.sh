#!/bin/bash
# Exports that convert layers or write files, stopped at random moments: killed, cancelled, or out of disk space, alone and
# through a service that may be killed too. Afterwards the destination is whole or as before, nothing stays in temporary
# directories, and the same export gives the same bytes as one that nothing happened to.
# KILLS=N stops (36), KILL_SEED=N decides which and when (1).
set -euo pipefail
# shellcheck source=tools/e2e/eventually.sh
. tools/e2e/eventually.sh
# shellcheck source=tools/e2e/whole_layout.sh
. tools/e2e/whole_layout.sh

kills=${KILLS:-36}
RANDOM=${KILL_SEED:-1}
work=$TEST_TMPDIR
export TMPDIR=$work/tmp
mkdir "$TMPDIR" "$work/out" "$work/before" "$work/new"
socket=$(mktemp -u /tmp/waybill-XXXXXX.sock) # a socket's path must be short
number=0 kind=none place=none event=none server=
trap 'kill $(jobs -p) 2>/dev/null || true; wait || true; rm -f "$socket"' EXIT

fail() {
  echo "FAIL: stop $number, $kind, $place, $event: $*"
  exit 1
}
# A result of one layer without compression and one with gzip, both of real files that are younger than the epochs.
make_result() {
  local layer hex diff_id size layers=()
  mkdir -p "$work/result/blobs/sha256"
  tar -C /usr/include -cf "$work/linux" linux
  tar -C /usr/include -cf "$work/others" asm-generic arpa net netinet
  for layer in linux others; do
    diff_id=$(sha256sum <"$work/$layer" | cut -d' ' -f1)
    [ $layer = linux ] || gzip -1 <"$work/$layer" >"$work/compressed"
    [ $layer = linux ] || mv "$work/compressed" "$work/$layer"
    hex=$(sha256sum <"$work/$layer" | cut -d' ' -f1) size=$(stat -c %s "$work/$layer")
    mv "$work/$layer" "$work/result/blobs/sha256/$hex"
    layers+=("{\"media_type\": \"application/vnd.oci.image.layer.v1.tar$([ $layer = linux ] || echo +gzip)\",
      \"digest\": \"sha256:$hex\", \"size\": $size, \"diff_id\": \"sha256:$diff_id\"}")
  done
  cat >"$work/result/result.json" <<JSON
{"is_map": false, "metadata": {"containerimage.config": {"text": "{\"architecture\":\"amd64\",\"os\":\"linux\"}"}},
 "refs": {"": {"layers": [${layers[0]}, ${layers[1]}]}}}
JSON
}

kinds=(archive layout docker registry tar local)
declare -A output=(
  [archive]="type=oci,dest=$work/out/archive,compression=zstd,force-compression=true"
  [layout]="type=oci,tar=false,dest=$work/out/layout,compression=estargz,force-compression=true"
  [docker]="type=docker,dest=$work/out/docker,force-compression=true,compression-level=1,rewrite-timestamp=true"
  [registry]="type=registry,compression=zstd,force-compression=true,rewrite-timestamp=true"
  [tar]="type=tar,dest=$work/out/tar"
  [local]="type=local,dest=$work/out/local"
)

# start_registry   An empty one; sets `registry`.
start_registry() {
  [ -z "${registry_pid:-}" ] || { kill "$registry_pid" && wait "$registry_pid"; } 2>/dev/null || true
  : >"$work/registry.log"
  "$WAYBILL" registry serve --listen 127.0.0.1:0 >"$work/registry.log" 2>&1 &
  registry_pid=$!
  eventually grep -qsE '127.0.0.1:[0-9]+' "$work/registry.log" || fail "no registry: $(cat "$work/registry.log")"
  registry=$(grep -oE '127.0.0.1:[0-9]+' "$work/registry.log" | head -n 1)
}
# stored DIGEST   The blob in the registry. manifest: what the tag names.
stored() { curl -sSf "http://$registry/v2/app/blobs/$1"; }
manifest() { curl -sf -H 'Accept: application/vnd.oci.image.manifest.v1+json' "http://$registry/v2/app/manifests/1"; }

# serve [LIMIT]   A service, whose files may have so many KiB; sets `server`.
serve() {
  : >"$work/serve.log"
  (
    trap '' XFSZ
    [ $# = 0 ] || ulimit -f "$1"
    TMPDIR=$work/tmp exec "$WAYBILL" serve --listen "unix://$socket" --root "$work/state" --quiet 2>"$work/serve.log"
  ) &
  server=$!
  eventually grep -qs "^listening" "$work/serve.log" || fail "no service: $(cat "$work/serve.log")"
}
stop_serving() {
  [ -n "$server" ] || return 0
  { kill "-${1:-TERM}" "$server" && wait "$server"; } 2>/dev/null || true
  server=
}

# run EPOCH [LIMIT]   Becomes an export, through the service unless `place` is alone; its files may have so many KiB.
run() {
  local address=() name=
  [ "$place" = alone ] || address=(--addr "unix://$socket")
  case $kind in
    registry) name=,name=$registry/app:1 ;;
    archive | layout | docker) name=,name=example.com/app:1 ;;
  esac
  trap '' XFSZ
  [ $# = 1 ] || ulimit -f "$2"
  exec "$WAYBILL" export --progress quiet --result "$work/result" "${address[@]}" \
    --output "${output[$kind]}$name,source-date-epoch=$1" >"$work/log" 2>&1
}
before=900000000 new=1000000000

# state   Sets `state`: "absent", "before", "new", or, of files in a directory that was there, "mixed". Fails when torn.
state() {
  local here=$work/out/$kind digest
  state=absent
  if [ "$kind" = registry ]; then
    manifest >"$work/manifest" || return 0
    for digest in $(jq -r '.config.digest, .layers[].digest' "$work/manifest"); do
      [ "sha256:$(stored "$digest" | sha256sum | cut -d' ' -f1)" = "$digest" ] || fail "$digest is torn"
    done
    here=$work/manifest
  fi
  case $kind in
    layout)
      for blob in "$here"/blobs/sha256/*; do whole_blob "$blob"; done
      [ -e "$here/index.json" ] || return 0
      whole_layout "$here"
      for state in before new; do cmp -s "$here/index.json" "$work/$state/layout/index.json" && return; done
      fail "another index: $(cat "$here/index.json")"
      ;;
    local)
      [ -e "$here" ] || return 0
      for state in before new; do diff <(list "$here") <(list "$work/$state/local") >/dev/null && return; done
      [ "$was" = before ] || fail "a part: $(diff <(list "$here") <(list "$work/new/local") | head)"
      diff <(texts "$here") <(texts "$work/new/local") || fail "torn files"
      state=mixed
      ;;
    *)
      [ -e "$here" ] || return 0
      for state in before new; do cmp -s "$here" "$work/$state/$kind" && return; done
      fail "torn"
      ;;
  esac
}
# list DIRECTORY   Names, modes, times and bytes below it, without what is hidden. texts: bytes.
list() { (cd "$1" && find . -mindepth 1 -name '.waybill-*' -prune -o -printf '%P %y %m %T@ %l\n' | LC_ALL=C sort) && texts "$1"; }
texts() { (cd "$1" && find . -name '.waybill-*' -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum); }

# keep DIRECTORY   The destination as it is now.
keep() {
  if [ "$kind" = registry ]; then manifest >"$1/registry"; else cp -a "$work/out/$kind" "$1/$kind"; fi
}

# prepare   The destination as it is before the export: absent, or with another image.
prepare() {
  was=absent
  [ $((RANDOM % 2)) = 0 ] || was=before
  [ "$kind" != registry ] || start_registry
  rm -rf "${work:?}/out/$kind"
  [ "$was" != absent ] || return 0
  if [ "$kind" != registry ]; then cp -a "$work/before/$kind" "$work/out/$kind" && return; fi
  (run $before) || fail "before: $(cat "$work/log")"
}

# a_moment   Within the time that the export takes.
a_moment() {
  local microseconds=$((took[$kind-$place] * RANDOM / 29789)) # up to 1.1 of it
  sleep "$(printf '%d.%06d' $((microseconds / 1000000)) $((microseconds % 1000000)))"
}

# strike   Starts the export and stops it; sets `code`.
strike() {
  local limit=() pid
  if [ "$event" = full ]; then
    limit=($((biggest[$kind] * RANDOM / 26214 + 1))) # up to 1.25 of it
    [ "$place" = alone ] || { stop_serving; serve "${limit[@]}"; limit=(); }
  fi
  (run $new "${limit[@]}") &
  pid=$!
  case $event in
    killed | cancelled)
      a_moment
      kill "-$([ "$event" = killed ] && echo KILL || echo TERM)" "$pid" 2>/dev/null || true
      ;;
    service-killed)
      a_moment
      stop_serving KILL
      ;;
  esac
  code=0
  { wait "$pid"; } 2>/dev/null || code=$?
}

# judge   What the stopped export may have left, and how it may have ended.
judge() {
  local wanted=0
  state
  [ "$state" = new ] || [ "$code" != 0 ] || fail "it ended well, and left $state"
  [ "$state" = new ] || [ "$state" = mixed ] || [ "$state" = "$was" ] || fail "from $was to $state"
  case $event in
    killed) wanted=137 ;;
    cancelled) wanted=130; [ "$code" != 143 ] || wanted=143 ;; # by the signal itself, before there was anything to end
    full) wanted=6 ;;
    service-killed) wanted=$code ;;
  esac
  [ "$code" = 0 ] || [ "$code" = "$wanted" ] || fail "exit code $code: $(cat "$work/log")"
  [ "$event" = killed ] || nothing_left
  [ "$place" = alone ] || service_is_clean
}

nothing_left() {
  local left
  left=$(find "$work/out" -name '.waybill-*' -o -path "$work/out/*/ingest")$(find "$TMPDIR" -mindepth 1)
  [ -z "$left" ] || fail "left behind: $left"
}

scratch_is_empty() { [ -z "$(find "$work/state/scratch" "$work/state/ingest" -mindepth 1 2>/dev/null)" ]; }
service_is_clean() {
  local blob
  [ "$event" != service-killed ] || serve
  eventually scratch_is_empty || fail "the service keeps $(find "$work/state/scratch" "$work/state/ingest")"
  for blob in "$work"/state/blobs/sha256/*; do whole_blob "$blob"; done
  [ "$event" != full ] || { stop_serving; serve; }
}

# again   The same export, undisturbed: it clears up and gives the same bytes.
again() {
  (run $new) || fail "the next export: $(cat "$work/log")"
  state
  [ "$state" = new ] || fail "the next export left $state"
  nothing_left
}

make_result
start_registry
serve
declare -A took biggest outcomes
for kind in "${kinds[@]}"; do
  for place in alone service; do
    rm -rf "${work:?}/out/$kind"
    (run $before) || fail "$(cat "$work/log")"
    [ $place = service ] || keep "$work/before"
    rm -rf "${work:?}/out/$kind"
    [ "$kind" != registry ] || start_registry
    stop_serving && rm -rf "$work/state" && serve
    start=$(date +%s%N)
    (run $new) || fail "$(cat "$work/log")"
    took[$kind-$place]=$((($(date +%s%N) - start) / 1000)) # microseconds
    [ $place = service ] || keep "$work/new"
    was=before
    state
    [ "$state" = new ] || fail "it gives other bytes"
  done
  biggest[$kind]=$(find "$work/new/$kind" -type f -printf '%k\n' | sort -n | tail -n 1)
done
biggest[registry]=${biggest[archive]}

for ((number = 1; number <= kills; ++number)); do
  kind=${kinds[number % ${#kinds[@]}]}
  events=(killed cancelled full)
  place=alone
  [ $((RANDOM % 3)) != 0 ] || { place=service events+=(service-killed); }
  event=${events[RANDOM % ${#events[@]}]}
  # A service that has the layers, or has to take them.
  [ $((RANDOM % 2)) = 0 ] || { stop_serving && rm -rf "$work/state" && serve; }
  prepare
  strike
  judge
  outcome="$event, $([ "$code" = 0 ] && echo ended || echo failed), $state"
  outcomes[$outcome]=$((${outcomes[$outcome]:-0} + 1))
  again
done
for outcome in "${!outcomes[@]}"; do echo "${outcomes[$outcome]} x $outcome"; done | sort -k 3
echo "$kills stops, none torn, nothing left"
