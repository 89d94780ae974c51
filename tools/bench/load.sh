#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Many exports at once: pushes of a daemon's own, through the bridge before that daemon, and by the service. Each push is a small image with
# provenance to a local registry, by a client process of its own; builds come from the daemon's cache. A way that fails a push fails the run.
# The registry has the Referrers API: where it is not, waybill writes a fallback tag for each push, which takes a quarter of a second more.
# usage: tools/bench/load.sh [PUSHES]     default 256 for each row; needs root (a daemon runs)
# Columns: how many clients at once, pushes a second, the median and the 99th percentile of a push in seconds as its client sees it, the
# peak memory and the most open files of the process that exports (the bridge, the service, or the daemon).
# shellcheck disable=SC2154  # host, daemon, bridge and their pids come from the files sourced
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."
pushes=${1:-256}

./tools/setup.sh tools/peers/packages.txt
./tools/peers/install.sh buildkit olareg
bazel build -c opt --noshow_progress --ui_event_filters=-info //tools/cli:waybill
WAYBILL=$(bazel info -c opt --ui_event_filters=-info bazel-bin 2>/dev/null)/tools/cli/waybill
TEST_TMPDIR=$(mktemp -d)
source tools/e2e/registries.sh
source tools/e2e/buildkit.sh
need_peers buildkitd buildctl olareg
need_buildkit
sample=$PWD/testdata/sample

mkdir "$TEST_TMPDIR/app"
printf 'FROM scratch\nCOPY Dockerfile /\n' >"$TEST_TMPDIR/app/Dockerfile"
start_registry olareg
start_daemon daemon
start_bridge bridge "$daemon"
"$WAYBILL" serve --listen "unix://$sockets/serve.sock" --root "$TEST_TMPDIR/root" --quiet 2>"$TEST_TMPDIR/serve.log" &
serve_pid=$!
process_pids+=("$serve_pid")
wait_for_socket "$sockets/serve.sock" "$TEST_TMPDIR/serve.log"
declare -A exporter=([daemon]=$daemon_pid [bridge]=$bridge_pid [service]=$serve_pid)

# push WAY NUMBER   One push; a line with its seconds, or nothing when it fails.
push() {
  local start address=$daemon
  start=$(date +%s.%N)
  case $1 in
    service)
      SOURCE_DATE_EPOCH=$2 "$WAYBILL" export --progress quiet --result "$sample" --addr "unix://$sockets/serve.sock" \
        --output "type=registry,name=$host/service:$2" ;;
    *)
      [ "$1" = daemon ] || address=$bridge
      SOURCE_DATE_EPOCH=$2 build "$address" "$TEST_TMPDIR/app" --opt attest:provenance=mode=min \
        --output "type=image,push=true,name=$host/$1:$2" ;;
  esac >"$TEST_TMPDIR/push-$1-$2.log" 2>&1 || { cat "$TEST_TMPDIR/push-$1-$2.log" >&2; return 1; }
  awk -v start="$start" -v end="$(date +%s.%N)" 'BEGIN { print end - start }'
}
export -f push build
export sample host daemon bridge sockets WAYBILL TEST_TMPDIR PATH

# watch PID FILE   The most open files so far, again and again.
watch() {
  local most=0 now
  while now=$(open_files "$1") && [ "$now" -gt 0 ]; do
    [ "$now" -le "$most" ] || { most=$now && echo "$most" >"$2"; }
    sleep 0.1
  done
}

number=0
# row WAY CLIENTS
row() {
  local way=$1 clients=$2 pid=${exporter[$1]} times=$TEST_TMPDIR/times start end watcher
  echo 5 >"/proc/$pid/clear_refs"
  watch "$pid" "$TEST_TMPDIR/files" &
  watcher=$!
  start=$(date +%s.%N)
  seq $((number + 1)) $((number + pushes)) | xargs -P "$clients" -I N bash -c "push $way N" >"$times"
  end=$(date +%s.%N)
  kill "$watcher"
  wait "$watcher" 2>/dev/null || true
  sort -g "$times" | awk -v start="$start" -v end="$end" -v way="$way" -v clients="$clients" \
    -v peak="$(awk '/VmHWM/ { print $2 }' "/proc/$pid/status")" -v files="$(cat "$TEST_TMPDIR/files")" '{ time[NR] = $1 }
      END { printf "%-8s %7d %9.1f %8.3f %8.3f %7.0f %6d\n", way, clients, NR / (end - start), time[int((NR + 1) / 2)],
        time[int(NR * 0.99 + 0.999)], peak / 1024, files }'
  number=$((number + pushes))
}

build "$daemon" "$TEST_TMPDIR/app" >"$TEST_TMPDIR/build.log" 2>&1 || { cat "$TEST_TMPDIR/build.log" >&2; exit 1; }
printf '%d pushes in each row\n%-8s %7s %9s %8s %8s %7s %6s\n' "$pushes" by clients "pushes/s" p50 p99 "MiB" files
for clients in 1 8 32 128; do
  for way in daemon bridge service; do row $way $clients; done
done
