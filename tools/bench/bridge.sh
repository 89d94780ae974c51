#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Seconds, CPU seconds and peak memory of exports through the bridge, beside the build daemon's own: three new layers of
# random bytes, built before the clock starts, as an OCI archive of the client and as a push to a local registry.
# usage: tools/bench/bridge.sh [RUNS] [MEGABYTES PER LAYER]      default 3 100; needs root (a build daemon runs)
# "files" is a bridge that reads the daemon's content store (--upstream-content). Ways take turns; each figure is the
# median of the runs, its ratio to the daemon's own in parentheses. CPU and memory are of daemon, bridge and client
# together, "own" is the bridges' memory alone. The daemon's time to compress is part of all: see the rows
# "uncompressed". After each row, whether the goals are met: 0.65 of the direct archive, no slower than the direct push.
# shellcheck disable=SC2154  # host, daemon, bridge and their pids come from the files sourced
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."
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
{
  printf 'FROM scratch\nCOPY busybox /bin/busybox\nARG ROUND\n'
  for layer in 1 2 3; do
    printf 'RUN ["/bin/busybox","dd","if=/dev/urandom","of=/%d","bs=1M","count=%d"]\n' "$layer" "$megabytes"
  done
} >"$app/Dockerfile"

start_registry distribution
start_daemon daemon
start_bridge bridge "$daemon"
pulling=$bridge pulling_pid=$bridge_pid
start_bridge files "$daemon" --upstream-content "$TEST_TMPDIR/daemon/runc-overlayfs/content"
reading=$bridge reading_pid=$bridge_pid

# cpu PID...   Seconds so far.
cpu() {
  local pid
  for pid; do cut -d' ' -f14,15 "/proc/$pid/stat"; done |
    awk -v tick="$(getconf CLK_TCK)" '{ sum += $1 + $2 } END { print sum / tick }'
}

# peak PID   The memory that the process had most of since clear_refs, in KiB.
peak() { awk '/VmHWM/ { print $2 }' "/proc/$1/status"; }

# measure NAME ADDRESS OUTPUT   One export of layers that nobody has seen yet; adds "seconds cpu MiB MiB-of-the-bridge" to
# the file NAME.
round=0
measure() {
  local before start pid own=0
  round=$((round + 1))
  build "$2" "$app" --opt "build-arg:ROUND=$round" >"$TEST_TMPDIR/build.log" 2>&1 || { cat "$TEST_TMPDIR/build.log" >&2; exit 1; }
  for pid in "$daemon_pid" "$pulling_pid" "$reading_pid"; do echo 5 >"/proc/$pid/clear_refs"; done
  before=$(cpu "$daemon_pid" "$pulling_pid" "$reading_pid")
  start=$(date +%s.%N)
  /usr/bin/time -f '%U %S %M' -o "$TEST_TMPDIR/time" buildctl --addr "$2" build --frontend dockerfile.v0 --local "context=$app" \
    --local "dockerfile=$app" --opt "build-arg:ROUND=$round" --output "$3" >"$TEST_TMPDIR/export.log" 2>&1 ||
    { cat "$TEST_TMPDIR/export.log" >&2; exit 1; }
  case $1 in
    bridge) own=$(peak "$pulling_pid") ;;
    files) own=$(peak "$reading_pid") ;;
  esac
  awk -v start="$start" -v end="$(date +%s.%N)" -v before="$before" -v after="$(cpu "$daemon_pid" "$pulling_pid" "$reading_pid")" \
    -v daemon="$(peak "$daemon_pid")" -v own="$own" \
    '{ print end - start, after - before + $1 + $2, (daemon + own + $3) / 1024, own / 1024 }' "$TEST_TMPDIR/time" >>"$TEST_TMPDIR/$1"
  buildctl --addr "$daemon" prune --all >/dev/null
}

# median FILE COLUMN
median() { cut -d' ' -f"$2" "$1" | sort -g | awk '{ row[NR] = $1 } END { print row[int((NR + 1) / 2)] }'; }

# medians WAY   Of all columns.
medians() { for column in 1 2 3 4; do median "$TEST_TMPDIR/$1" "$column"; done; }

# row WHAT GOAL
row() {
  awk -v what="$1" -v goal="$2" -v direct="$(medians direct)" -v bridge="$(medians bridge)" -v files="$(medians files)" 'BEGIN {
      split(direct, d); split(bridge, b); split(files, f)
      printf "%-20s", what
      for (i = 1; i <= 2; ++i) printf " %6.2fs %6.2fs (%.2f) %6.2fs (%.2f)", d[i], b[i], b[i] / d[i], f[i], f[i] / d[i]
      printf " %4.0f %4.0f (%.2f) %4.0f (%.2f) MiB, own %.0f %.0f\n", d[3], b[3], b[3] / d[3], f[3], f[3] / d[3], b[4], f[4]
      printf "  goal %.2f: bridge %s, files %s\n", goal, b[1] <= goal * d[1] ? "met" : "missed", f[1] <= goal * d[1] ? "met" : "missed" }'
  rm "$TEST_TMPDIR/direct" "$TEST_TMPDIR/bridge" "$TEST_TMPDIR/files"
}

# export_with WAY ADDRESS   As `what` and `compression` say.
export_with() {
  case $what in
    archive) measure "$1" "$2" "type=oci,dest=$TEST_TMPDIR/image.tar,compression=$compression" ;;
    push) measure "$1" "$2" "type=image,name=$host/app:$((round + 1)),push=true,compression=$compression" ;;
  esac
  rm -f "$TEST_TMPDIR/image.tar"
}

printf '%-20s %7s %14s %14s %7s %14s %14s %4s %11s %11s\n' "3 x $megabytes MB" direct bridge files CPU bridge files memory bridge files
declare -A goals=([archive]=0.65 [push]=1)
for compression in gzip uncompressed; do
  for what in archive push; do
    for _ in $(seq "$runs"); do
      export_with direct "$daemon"
      export_with bridge "$pulling"
      export_with files "$reading"
    done
    row "$what $compression" "${goals[$what]}"
  done
done
