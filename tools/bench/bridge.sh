#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Seconds, CPU seconds and peak memory of exports through the bridge, beside the build daemon's own: three new layers,
# built before the clock starts, as an OCI archive of the client and as a push to a local registry.
# usage: tools/bench/bridge.sh [random|usr] [RUNS] [MEGABYTES PER LAYER]     default random 3 100; needs root (a daemon runs)
# "random" are layers of random bytes, "usr" are files of this machine's /usr. Ways of an export:
#   api      a bridge that reads layers through the daemon's API (--upstream-content off)
#   files    one that finds the daemon's content store by itself
#   exact    the same with compressor=waybill: waybill makes the daemon's bytes
#   fast     the same with gzip-engine=fast
# Ways take turns; each figure is the median of the runs, its ratio to the daemon's own in parentheses. CPU and memory are
# of daemon, bridge and client together, "own" is the bridge's memory alone. After each row, whether the goals are met.
# shellcheck disable=SC2154  # host, daemon, bridge and their pids come from the files sourced
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."
kind=random
case ${1:-} in random | usr) kind=$1; shift ;; esac
runs=${1:-3} megabytes=${2:-100}

./tools/setup.sh tools/peers/packages.txt
./tools/peers/install.sh buildkit distribution
bazel build -c opt --noshow_progress --ui_event_filters=-info //tools/cli:waybill
WAYBILL=$(bazel info -c opt --ui_event_filters=-info bazel-bin 2>/dev/null)/tools/cli/waybill
TEST_TMPDIR=$(mktemp -d)
source tools/e2e/registries.sh
source tools/e2e/buildkit.sh
need_peers buildkitd buildctl registry
need_buildkit

app=$TEST_TMPDIR/app
mkdir "$app"
cp /usr/bin/busybox "$app"

# usr_layers   Files of /usr, dealt to three archives until each has its megabytes.
usr_layers() {
  find /usr -xdev -type f -size -20M -printf '%s %P\n' | LC_ALL=C sort -k 2 |
    awk -v most="$((megabytes * 1000000))" -v to="$TEST_TMPDIR/list." \
      '{ layer = NR % 3 + 1; if (size[layer] < most) { size[layer] += $1; print substr($0, index($0, " ") + 1) > (to layer) } }'
  for layer in 1 2 3; do tar -C /usr -cf "$app/$layer.tar" -T "$TEST_TMPDIR/list.$layer"; done
}
{
  printf 'FROM scratch\nCOPY busybox /bin/busybox\nARG ROUND\n'
  for layer in 1 2 3; do
    case $kind in
      random) printf 'RUN ["/bin/busybox","dd","if=/dev/urandom","of=/%d","bs=1M","count=%d"]\n' "$layer" "$megabytes" ;;
      usr)
        # shellcheck disable=SC2016  # the layer's shell expands it
        printf 'RUN --mount=type=bind,target=/context ["/bin/busybox","sh","-c","mkdir /%d && /bin/busybox tar -xf /context/%d.tar -C /%d && echo $ROUND >/%d/round"]\n' \
          "$layer" "$layer" "$layer" "$layer" | sed 's/"mkdir/"\/bin\/busybox mkdir/' ;;
    esac
  done
} >"$app/Dockerfile"

start_registry distribution
start_daemon daemon
# Of each way: the address, the bridge, what the output says more, the goals.
declare -A address=([direct]=$daemon) bridges=() attributes=()
declare -A archive_goal=([api]=0.65 [files]=0.65 [exact]=0.8 [fast]=0.6) push_goal=([api]=1 [files]=1 [exact]=0.8 [fast]=0.6)
case $kind in
  random) ways=(direct api files) compressions=(gzip uncompressed) ;;
  usr)
    ways=(direct files exact fast) compressions=(gzip)
    archive_goal[files]=1
    attributes=([exact]=",compressor=waybill" [fast]=",compressor=waybill,gzip-engine=fast")
    usr_layers
    ;;
esac
for way in "${ways[@]:1}"; do
  content=auto
  [ "$way" != api ] || content=off
  start_bridge "$way" "$daemon" --upstream-content "$content"
  address[$way]=$bridge
  bridges[$way]=$bridge_pid
done

# cpu PID...   Seconds so far.
cpu() {
  local pid
  for pid; do cut -d' ' -f14,15 "/proc/$pid/stat"; done |
    awk -v tick="$(getconf CLK_TCK)" '{ sum += $1 + $2 } END { print sum / tick }'
}

# peak PID   The memory that the process had most of since clear_refs, in KiB.
peak() { awk '/VmHWM/ { print $2 }' "/proc/$1/status"; }

# measure WAY OUTPUT   One export of layers that nobody has seen yet; adds "seconds cpu MiB MiB-of-the-bridge" to the file
# WAY.
round=0
measure() {
  local way=$1 before start pid own=0
  round=$((round + 1))
  build "${address[$way]}" "$app" --opt "build-arg:ROUND=$round" >"$TEST_TMPDIR/build.log" 2>&1 || { cat "$TEST_TMPDIR/build.log" >&2; exit 1; }
  for pid in "$daemon_pid" "${bridges[@]}"; do echo 5 >"/proc/$pid/clear_refs"; done
  before=$(cpu "$daemon_pid" "${bridges[@]}")
  start=$(date +%s.%N)
  /usr/bin/time -f '%U %S %M' -o "$TEST_TMPDIR/time" buildctl --addr "${address[$way]}" build --frontend dockerfile.v0 --local "context=$app" \
    --local "dockerfile=$app" --opt "build-arg:ROUND=$round" --output "$2${attributes[$way]:-}" >"$TEST_TMPDIR/export.log" 2>&1 ||
    { cat "$TEST_TMPDIR/export.log" >&2; exit 1; }
  [ "$way" = direct ] || own=$(peak "${bridges[$way]}")
  awk -v start="$start" -v end="$(date +%s.%N)" -v before="$before" -v after="$(cpu "$daemon_pid" "${bridges[@]}")" \
    -v daemon="$(peak "$daemon_pid")" -v own="$own" \
    '{ print end - start, after - before + $1 + $2, (daemon + own + $3) / 1024, own / 1024 }' "$TEST_TMPDIR/time" >>"$TEST_TMPDIR/$way.times"
  buildctl --addr "$daemon" prune --all >/dev/null
}

# median FILE COLUMN
median() { cut -d' ' -f"$2" "$1" | sort -g | awk '{ row[NR] = $1 } END { print row[int((NR + 1) / 2)] }'; }

# medians WAY   Of all columns, in one line.
medians() {
  local column
  for column in 1 2 3 4; do median "$TEST_TMPDIR/$1.times" "$column"; done | paste -sd ' '
}

# row WHAT COMPRESSION   Of all ways.
row() {
  local way goals=
  for way in "${ways[@]:1}"; do
    [ "$1" = archive ] && goals+=" ${archive_goal[$way]}" || goals+=" ${push_goal[$way]}"
  done
  for way in "${ways[@]}"; do echo "$way $(medians "$way")"; done |
    awk -v what="$1 $2" -v goals="$goals" 'NR == 1 {
        printf "%-20s %-6s %6.2fs        %6.2fs CPU        %4.0f MiB\n", what, $1, $2, $3, $4
        for (i = 2; i <= 4; ++i) direct[i] = $i
        split(goals, goal)
        next
      }
      { printf "%-20s %-6s %6.2fs (%.2f) %6.2fs CPU (%.2f) %4.0f MiB (%.2f), own %.0f; goal %.2f: %s\n", "", $1, $2, $2 / direct[2], $3,
          $3 / direct[3], $4, $4 / direct[4], $5, goal[NR - 1], $2 <= goal[NR - 1] * direct[2] ? "met" : "missed" }'
  rm "$TEST_TMPDIR"/*.times
}

printf '3 layers of %s MB, %s; %s runs\n' "$megabytes" "$kind" "$runs"
for compression in "${compressions[@]}"; do
  for what in archive push; do
    for _ in $(seq "$runs"); do
      for way in "${ways[@]}"; do
        case $what in
          archive) measure "$way" "type=oci,dest=$TEST_TMPDIR/image.tar,compression=$compression" ;;
          push) measure "$way" "type=image,name=$host/app:$((round + 1)),push=true,compression=$compression" ;;
        esac
        rm -f "$TEST_TMPDIR/image.tar"
      done
    done
    row "$what" "$compression"
  done
done
