#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Seconds, CPU seconds and peak memory of exports through the bridge, beside the build daemon's own: three new layers of
# random bytes, built before the clock starts, as an OCI archive of the client and as a push to a local registry.
# usage: tools/bench/bridge.sh [RUNS] [MEGABYTES PER LAYER]      default 3 100; needs root (a build daemon runs)
# "files" is a bridge that reads the daemon's content store (--upstream-content). Ways take turns; each figure is the
# median of the runs, its ratio to the daemon's own in parentheses. CPU is of daemon, bridge and client together; memory
# is the bridges'. The daemon's time to compress is part of all: see the rows "uncompressed".
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

# measure NAME ADDRESS OUTPUT   One export of layers that nobody has seen yet; adds "seconds cpu MiB" to the file NAME.
round=0
measure() {
  local before start
  round=$((round + 1))
  build "$2" "$app" --opt "build-arg:ROUND=$round" >"$TEST_TMPDIR/build.log" 2>&1 || { cat "$TEST_TMPDIR/build.log" >&2; exit 1; }
  echo 5 >"/proc/$pulling_pid/clear_refs"
  echo 5 >"/proc/$reading_pid/clear_refs"
  before=$(cpu "$daemon_pid" "$pulling_pid" "$reading_pid")
  start=$(date +%s.%N)
  /usr/bin/time -f '%U %S' -o "$TEST_TMPDIR/time" buildctl --addr "$2" build --frontend dockerfile.v0 --local "context=$app" \
    --local "dockerfile=$app" --opt "build-arg:ROUND=$round" --output "$3" >"$TEST_TMPDIR/export.log" 2>&1 ||
    { cat "$TEST_TMPDIR/export.log" >&2; exit 1; }
  awk -v start="$start" -v end="$(date +%s.%N)" -v before="$before" -v after="$(cpu "$daemon_pid" "$pulling_pid" "$reading_pid")" \
    -v rss="$(awk '/VmHWM/ && $2 > most { most = $2 } END { print most }' "/proc/$pulling_pid/status" "/proc/$reading_pid/status")" \
    '{ print end - start, after - before + $1 + $2, rss / 1024 }' "$TEST_TMPDIR/time" >>"$TEST_TMPDIR/$1"
  buildctl --addr "$daemon" prune --all >/dev/null
}

# median FILE COLUMN
median() { cut -d' ' -f"$2" "$1" | sort -g | awk '{ row[NR] = $1 } END { print row[int((NR + 1) / 2)] }'; }

# row WHAT
row() {
  awk -v what="$1" -v direct="$(median "$TEST_TMPDIR/direct" 1) $(median "$TEST_TMPDIR/direct" 2)" \
    -v bridge="$(median "$TEST_TMPDIR/bridge" 1) $(median "$TEST_TMPDIR/bridge" 2)" \
    -v files="$(median "$TEST_TMPDIR/files" 1) $(median "$TEST_TMPDIR/files" 2)" \
    -v memory="$(median "$TEST_TMPDIR/bridge" 3) $(median "$TEST_TMPDIR/files" 3)" 'BEGIN {
      split(direct, d); split(bridge, b); split(files, f); split(memory, m)
      printf "%-20s", what
      for (i = 1; i <= 2; ++i) printf " %6.2fs %6.2fs (%.2f) %6.2fs (%.2f)", d[i], b[i], b[i] / d[i], f[i], f[i] / d[i]
      printf " %4.0f %4.0f MiB\n", m[1], m[2] }'
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

printf '%-20s %7s %14s %14s %7s %14s %14s %13s\n' "3 x $megabytes MB" direct bridge files CPU bridge files memory
for compression in gzip uncompressed; do
  for what in archive push; do
    for _ in $(seq "$runs"); do
      export_with direct "$daemon"
      export_with bridge "$pulling"
      export_with files "$reading"
    done
    row "$what $compression"
  done
done
