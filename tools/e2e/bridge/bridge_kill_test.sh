#!/bin/bash
# The bridge under builds whose registry, client, daemon or bridge is killed, stopped or cancelled at random moments.
# Afterwards: every build has ended, in success where nothing hit it and with one sentence that names the cause where
# something did; every tag is a whole image; the bridge that was never killed has no more files open and no more memory.
# KILL_BUILDS=N builds (36), KILL_SEED=N decides what happens when (1): tools/e2e/README.md.
# shellcheck disable=SC2154 # host, daemon, bridge and their pids are set by the functions that start them
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
need_peers buildkitd buildctl olareg registry crane
need_buildkit

builds=${KILL_BUILDS:-36}
seed=${KILL_SEED:-1}
all_lanes=(1 2 3)  # builds at a time
lanes=${#all_lanes[@]}
patience=90  # seconds after which a build hangs
echo "KILL_BUILDS=$builds KILL_SEED=$seed"
RANDOM=$seed
cd "$TEST_TMPDIR"

# serve_registry   Distribution, with the same content and address as before.
serve_registry() {
  local port=${registry##*:}
  printf 'version: 0.1\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: "127.0.0.1:%s"}\n' \
    "$TEST_TMPDIR/distribution" "${port:-0}" >distribution.yml
  registry serve distribution.yml >>distribution.log 2>&1 &
  registry_pid=$!
  registry_pids+=("$registry_pid")
  registry=127.0.0.1:$(listening_port "$registry_pid") || fail "distribution: $(tail -n 3 distribution.log)"
}

# Bridges of which one goes on through everything.
start_steady() {
  TMPDIR=$TEST_TMPDIR/temporary start_bridge steady "$daemon"
  steady=$bridge steady_pid=$bridge_pid
}
start_victim() {
  TMPDIR=$TEST_TMPDIR/temporary start_bridge victim "$daemon"
  victim=$bridge victim_pid=$bridge_pid
}

workers_of() { timeout 10 buildctl --addr "$1" debug workers >/dev/null 2>&1; }
# until_served ADDRESS   A bridge looks for its daemon again every 200 ms.
until_served() {
  eventually workers_of "$1" || fail "$1 does not find its daemon again"
}

# a_moment LANE...   Within the time that a quiet round took: counted from now, or from when one of these builds exports,
# which is where the bridge has most to do.
a_moment() {
  local share=$RANDOM divisor=1
  if [ $((RANDOM % 3)) != 0 ]; then
    divisor=6
    eventually exporting "$@" || fail "no build exports: $*"
  fi
  sleep "$(awk -v share="$share" -v span="$span" -v divisor=$divisor 'BEGIN { printf "%.3f", span / divisor * share / 32768 }')"
}

# pause   Up to half a second.
pause() { sleep "0.$(printf '%03d' $((RANDOM % 500)))"; }

# exporting LANE...   Whether one of these builds has come that far, or to its end.
exporting() {
  local lane
  for lane; do
    grep -q 'exporting to' "build-$number-$lane.log" && return
    kill -0 "${pid[lane]}" 2>/dev/null || return 0
  done
  return 1
}

# start_build LANE   Of a new image, into one or two outputs; sets pid[LANE] and what is known of the build.
start_build() {
  local lane=$1 name=build-$number-$1 through=$steady compressor='' outputs=()
  mkdir "$name"
  for layer in 1 2 3 4; do head -c 800000 /dev/urandom >"$name/$layer"; done
  printf 'FROM scratch\nCOPY 1 /1\nCOPY 2 /2\nCOPY 3 /3\nCOPY 4 /4\n' >"$name/Dockerfile"
  over[lane]=steady
  [ $((RANDOM % 2)) = 0 ] || { through=$victim over[lane]=victim; }
  known[$name]="$event, through the ${over[lane]} bridge"
  target[lane]=$registry
  [ $((RANDOM % 3)) != 0 ] || target[lane]=$olareg
  [ "$event/$lane" != refused/1 ] || target[lane]=127.0.0.1:1
  # Of some, waybill makes the layers.
  [ $((RANDOM % 2)) = 0 ] || compressor=,compressor=waybill
  case $((RANDOM % 4)) in
    0) outputs=(--output "type=oci,dest=$name/image.tar$compressor") target[lane]=the-client ;;
    1) outputs=(--output "type=oci,dest=$name/image.tar$compressor" --output "type=image,name=${target[lane]}/both:$name,push=true") ;;
    *) outputs=(--output "type=image,name=${target[lane]}/image:$name,push=true,oci-artifact=true$compressor") ;;
  esac
  [ "$event/$lane" != refused/1 ] || outputs=(--output "type=image,name=127.0.0.1:1/image,push=true") target[lane]=127.0.0.1:1
  hit[lane]=
  # A script's background processes ignore SIGINT unless told otherwise.
  env --default-signal=INT buildctl --addr "$through" build --frontend dockerfile.v0 --local "context=$name" \
    --local "dockerfile=$name" --opt platform=linux/amd64,linux/386 --opt attest:provenance=mode=max --progress plain \
    "${outputs[@]}" >"$name.log" 2>&1 &
  pid[lane]=$!
}

# strike   Lets `event` happen, at its moment, and marks the builds that it may have hit.
strike() {
  local lane
  case $event in
    nothing) return ;;
    refused) hit[1]='failed to push 127.0.0.1:1/image: .*(refused|connect)' ;;
    client-interrupted | client-killed)
      for lane in 1 2; do
        a_moment $lane
        kill "-$([ "$event" = client-killed ] && echo KILL || echo INT)" "${pid[lane]}" 2>/dev/null || true
        hit[lane]='[Cc]ancell?ed'
      done
      ;;
    registry-gone | registry-restarted)
      a_moment "${all_lanes[@]}"
      end "$registry_pid"
      mark target "$registry" "failed to push $registry/.*(connect|reset|closed|Empty reply)"
      [ "$event" = registry-gone ] || { pause; serve_registry; }
      ;;
    registry-frozen)
      a_moment "${all_lanes[@]}"
      kill -STOP "$registry_pid"
      mark target "$registry" '[Cc]ancell?ed'
      pause
      for lane in "${all_lanes[@]}"; do
        [ -z "${hit[lane]}" ] || kill -INT "${pid[lane]}" 2>/dev/null || true
      done
      ;;
    bridge-killed)
      a_moment "${all_lanes[@]}"
      end "$victim_pid"
      mark over victim '(Unavailable|EOF|connection|transport)'
      pause
      start_victim
      ;;
    daemon-killed)
      a_moment "${all_lanes[@]}"
      end "$daemon_pid"
      for lane in "${all_lanes[@]}"; do hit[lane]='the BuildKit daemon at '; done
      pause
      start_daemon daemon
      until_served "$steady"
      until_served "$victim"
      ;;
  esac
}

# end PID   At once, and without a word of bash about it.
end() { { kill -KILL "$1" && wait "$1"; } 2>/dev/null || true; }

# mark WHAT VALUE ERROR   The builds of which WHAT has this value may fail with this error.
mark() {
  local lane
  local -n of=$1  # `over` or `target`
  for lane in "${all_lanes[@]}"; do [ "${of[lane]}" != "$2" ] || hit[lane]=$3; done
}

# settle LANE   Waits for the build and judges how it ended.
settle() {
  local lane=$1 name=build-$number-$1 code=0 last
  timeout "$patience" tail --pid="${pid[lane]}" -f /dev/null || hang "$name"
  wait "${pid[lane]}" 2>/dev/null || code=$?
  if [ $code = 0 ]; then
    succeeded=$((succeeded + 1))
    [ ! -e "$name/image.tar" ] || whole_archive "$name/image.tar"
  else
    failures[$event]=$((${failures[$event]:-0} + 1))
    known[$name]+=", failed: $(tail -n 1 "$name.log")"
    [ -n "${hit[lane]}" ] || fail "$name had nothing to do with $event: $(cat "$name.log")"
    last=$(tail -n 1 "$name.log")
    [ $code = 137 ] || grep -qE "^error: .*${hit[lane]}" <<<"$last" || fail "$name after $event: unclear: $last"
    echo "$event: $last" >>errors
  fi
  rm -rf "$name"
}

hang() {
  echo "threads of the bridges:" >&2
  grep -H . /proc/"$steady_pid"/task/*/wchan /proc/"$victim_pid"/task/*/wchan >&2 || true
  fail "$1 hangs after $event: $(tail -n 20 "$1.log")"
}

# whole_archive FILE   Every blob has its digest.
whole_archive() {
  mkdir archive
  tar -xf "$1" -C archive || fail "a torn archive after $event"
  (cd archive/blobs/sha256 && for blob in *; do echo "$blob  $blob"; done | sha256sum --quiet -c) || fail "a torn archive after $event"
  rm -rf archive
}

# get IMAGE KIND/REFERENCE   Of the image's repository.
get() {
  local repository=${1%:*}
  curl -sSfL -H "Accept: $manifest_types" "http://${repository%%/*}/v2/${repository#*/}/$2"
}
manifest_types="application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json"

# whole_image IMAGE   Index, manifests with their attestations and every blob are there and have their digests.
whole_image() {
  local repository=${1%:*} manifest blob
  crane validate --remote "$1" >crane.log 2>&1 || fail "$1: $(cat crane.log)"
  get "$1" "manifests/${1##*:}" >index.json || fail "$1: no manifest"
  # The others are fallback tags, which list referrers.
  case $1 in *:build-*)
    jq -e '[.manifests[].platform.os] == ["linux", "linux", "unknown", "unknown"]' index.json >/dev/null || fail "$1: $(cat index.json)" ;;
  esac
  for manifest in $(jq -r '.manifests[].digest' index.json); do
    get "$1" "manifests/$manifest" >manifest.json || fail "$1 is torn: $manifest"
    [ "sha256:$(sha256sum <manifest.json | cut -d' ' -f1)" = "$manifest" ] || fail "$1: $manifest has another digest"
    for blob in $(jq -r '.config.digest, .layers[].digest' manifest.json); do
      [ ! -e "whole/$repository/$blob" ] || continue
      [ "sha256:$(get "$1" "blobs/$blob" | sha256sum | cut -d' ' -f1)" = "$blob" ] || fail "$1 is torn: blob $blob of $manifest"
      mkdir -p "whole/$repository" && : >"whole/$repository/$blob"
    done
  done
}

# play EVENT   One round of builds.
play() {
  local lane
  event=$1 number=$((number + 1))
  happened[$event]=$((${happened[$event]:-0} + 1))
  for lane in "${all_lanes[@]}"; do start_build "$lane"; done
  strike
  for lane in "${all_lanes[@]}"; do settle "$lane"; done
  case $event in
    registry-frozen) kill -CONT "$registry_pid" ;;
    registry-gone) serve_registry ;;
  esac
}

# busy_files   The bridge's open files, but for idle connections to registries, which are kept for the next push.
busy_files() { echo $(($(open_files "$steady_pid") - $(ss -Htnp | grep -c "pid=$steady_pid,"))); }

# measure   The bridge at rest: sets `files` and `memory`, in KiB.
measure() {
  local before=-1
  files=$(busy_files)
  # What ended last is still being cleaned up while the number falls.
  for _ in $(seq 50); do
    [ "$files" != "$before" ] || break
    before=$files
    sleep 0.2
    files=$(busy_files)
  done
  memory=$(resident_kib "$steady_pid")
}

mkdir temporary
registry=:
serve_registry
start_registry olareg
olareg=$host
start_daemon daemon
start_steady
start_victim
: >errors
number=0 succeeded=0 pid=() hit=()
# shellcheck disable=SC2034 # read by their names (mark)
over=() target=()
declare -A happened failures known
SECONDS=0
play nothing
play nothing
span=$((SECONDS / 2 + 1))
measure
files_before=$files memory_before=$memory

round_events=()
while [ $((number * lanes)) -lt "$builds" ]; do
  if [ ${#round_events[@]} = 0 ]; then
    mapfile -t round_events < <(for event in nothing refused registry-gone registry-restarted registry-frozen \
      client-interrupted client-killed daemon-killed bridge-killed; do echo "$RANDOM $event"; done | sort -n | cut -d' ' -f2)
  fi
  play "${round_events[0]}"
  round_events=("${round_events[@]:1}")
  [ $((number * lanes)) -lt $((builds / 2)) ] || [ -n "${memory_half:-}" ] || { measure; memory_half=$memory files_half=$files; }
done
played=$SECONDS
play nothing
measure

images=0
for host in "$registry" "$olareg"; do
  for repository in "$host/image" "$host/both"; do
    for tag in $(crane ls "$repository" 2>/dev/null); do
      whole_image "$repository:$tag"
      images=$((images + 1))
    done
  done
done
# What the daemon calls complete is there. A build whose client was killed may have been complete by then.
for image in $(buildctl --addr "$daemon" debug histories --format '{{json .}}' |
  jq -r 'select(.type == 1) | .record | select(.error == null) | .Exporters[]? | .Attrs.name // empty' | sort -u); do
  # A bridge that is killed can answer nothing: its broken connection may count as a hook that is not there.
  [[ ${known[${image##*:}]:-} != "bridge-killed, through the victim"* ]] || continue
  crane digest "$image" >/dev/null 2>&1 ||
    fail "the daemon's history has $image as complete, and it is not there (${known[${image##*:}]:-})"
done
sort errors | uniq -c | sed 's/^/    /'
for event in "${!happened[@]}"; do echo "$event: ${happened[$event]} times, ${failures[$event]:-0} builds failed"; done
echo "$((number * lanes)) builds in $played s, $succeeded succeeded; $images images, all whole"
echo "descriptors: $files_before before, ${files_half:--} half way, $files after; resident: $memory_before KiB before, ${memory_half:--} half way, $memory after"
[ "$images" -gt 0 ] || fail "no image was pushed"
[ "$files" -le $((${files_half:-$files} + 2)) ] || fail "descriptors go on leaking: $(ss -xtnp | grep "pid=$steady_pid,")"
[ "$files" -le $((files_before + 2)) ] || fail "descriptors leak: $(ss -xtnp | grep "pid=$steady_pid,")"
# A sanitizer keeps freed memory for a while.
if ! grep -qaE '__(a|t)san_init' "$WAYBILL"; then
  [ "$memory" -le $((memory_before + 48 * 1024)) ] || fail "the bridge has grown"
  # Half of many builds fill what is kept for the next ones; the other half find it full. The heap of few has not seen its
  # busiest moment by then.
  [ "$builds" -lt 100 ] || [ "$memory" -le $((${memory_half:-$memory} + 6 * 1024)) ] || fail "the bridge goes on growing"
fi
[ -z "$(ls temporary)" ] || fail "temporary files are left: $(ls temporary)"
# Sanitizers report at the end.
kill "$steady_pid"
code=0
wait "$steady_pid" || code=$?
[ $code = 0 ] || fail "the bridge ended with $code: $(tail -n 100 steady.log)"
