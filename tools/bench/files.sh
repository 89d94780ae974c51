#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The file system of an image of many small files, out of a registry on this machine into a directory and into a tar
# archive: seconds, CPU seconds and peak memory of waybill, of a build daemon's own exporters, umoci and crane, in one run.
# usage: tools/bench/files.sh [FILES] [RUNS]     default 200000 3; needs root (a daemon runs)
#   waybill          waybill export --from docker://...: reads the registry, writes
#   waybill, layout  the same from an OCI layout on disk
#   buildctl         a build that is nothing but the image, which the daemon has pulled and unpacked before the clock starts
#   buildctl, cold   the same, with an empty cache: the daemon pulls and unpacks, as all the others do
#   umoci            umoci unpack, of the layout
#   crane            crane export, of the registry
# Programs take turns; each figure is the median of the runs, its ratio to waybill's own in parentheses. CPU and memory
# are of the program and of the daemon together. A program that needs more than two minutes is stopped, and has no row: the client of the
# daemon stalls now and then when it receives 200,000 files. All files are in memory (tmpfs, about 5 GB): ext4 is slow to make files where as many were
# removed a few seconds before, and what comes later would pay for what came first.
# shellcheck disable=SC2154 # host, daemon and daemon_pid are set by the functions that start them
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."
[ -n "${OWN_MOUNTS:-}" ] || OWN_MOUNTS=1 exec unshare --mount tools/bench/files.sh "$@"
files=${1:-200000} runs=${2:-3}

./tools/setup.sh tools/peers/packages.txt
./tools/peers/install.sh buildkit distribution crane umoci
bazel build -c opt --noshow_progress --ui_event_filters=-info //tools/cli:waybill
WAYBILL=$(bazel info -c opt --ui_event_filters=-info bazel-bin 2>/dev/null)/tools/cli/waybill
TEST_TMPDIR=$(mktemp -d)
mount -t tmpfs waybill-bench "$TEST_TMPDIR"
source tools/e2e/registries.sh
source tools/e2e/buildkit.sh
source tools/e2e/one_layer.sh
need_peers buildkitd buildctl registry crane umoci
need_buildkit
cd "$TEST_TMPDIR"

# make_image   An image of one gzip layer, as builds make it: files of up to 4 KiB of text, a hundred in a directory.
make_image() {
  python3 - "$files" <<'PY'
import io, sys, tarfile

with tarfile.open("layer", "w") as archive:
    for number in range(int(sys.argv[1])):
        directory = f"usr/share/package-{number // 100:06}"
        if number % 100 == 0:
            entry = tarfile.TarInfo(directory)
            entry.type, entry.mode, entry.mtime = tarfile.DIRTYPE, 0o755, 1600000000
            archive.addfile(entry)
        text, word = [], number
        while len(text) * 10 < number * 37 % 4096:
            word = (word * 1664525 + 1013904223) % 2**32
            text.append(f"word-{word >> 20:04} ")
        text = "".join(text).encode()
        entry = tarfile.TarInfo(f"{directory}/file-number-{number:08}.txt")
        entry.size, entry.mtime = len(text), 1600000000
        archive.addfile(entry, io.BytesIO(text))
PY
  image_of_layers plain layer
  "$WAYBILL" export --progress quiet --from oci:plain --output "type=oci,tar=false,dest=image,name=example.com/files:1,force-compression=true" \
    --output "type=registry,name=$host/files:1,force-compression=true"
}

# cpu, peak   Of the daemon: seconds so far; KiB at most since clear_refs.
cpu() { cut -d' ' -f14,15 "/proc/$daemon_pid/stat" | awk -v tick="$(getconf CLK_TCK)" '{ print ($1 + $2) / tick }'; }
peak() { awk '/VmHWM/ { print $2 }' "/proc/$daemon_pid/status"; }

run() {
  case $1 in
    "waybill, local") "$WAYBILL" export --progress quiet --from "docker://$host/files:1" --output type=local,dest=output ;;
    "waybill, tar") "$WAYBILL" export --progress quiet --from "docker://$host/files:1" --output type=tar,dest=output ;;
    "waybill, layout, local") "$WAYBILL" export --progress quiet --from oci:image --output type=local,dest=output ;;
    "waybill, layout, tar") "$WAYBILL" export --progress quiet --from oci:image --output type=tar,dest=output ;;
    "buildctl, "*) buildctl --addr "$daemon" build --frontend dockerfile.v0 --local context=context --local dockerfile=context --output "type=${1##* },dest=output" ;;
    umoci*) umoci unpack --image image:1 output ;;
    crane*) crane export --insecure "$host/files:1" output ;;
  esac >log 2>&1 || { cat log >&2; exit 1; }
}

# measure ROW   Adds "seconds cpu MiB" to its file.
measure() {
  local before=0 after=0 start memory=0 code=0
  rm -rf output
  case $1 in
    *cold*) buildctl --addr "$daemon" prune --all >/dev/null ;;
    buildctl*) run "buildctl, tar" && rm -rf output ;;
  esac
  sync
  if [[ $1 = buildctl* ]]; then
    echo 5 >"/proc/$daemon_pid/clear_refs"
    before=$(cpu)
  fi
  start=$(date +%s.%N)
  export -f run
  export WAYBILL host daemon
  # shellcheck disable=SC2016 # the inner shell expands it
  timeout 120 /usr/bin/time -f '%U %S %M' -o time bash -c 'run "$1"' run "$1" || code=$?
  [ $code != 124 ] || { echo "$1: no end after two minutes" >&2 && return; }
  [ $code = 0 ] || exit 1
  start=$(awk -v start="$start" -v end="$(date +%s.%N)" 'BEGIN { print end - start }')
  if [[ $1 = buildctl* ]]; then after=$(cpu) memory=$(peak); fi
  awk -v seconds="$start" -v daemon="$(awk -v a="$after" -v b="$before" 'BEGIN { print a - b }')" -v memory="$memory" \
    '{ print seconds, daemon + $1 + $2, (memory + $3) / 1024 }' time >>"times $1"
  [ -e output ] || { echo "$1 wrote nothing" >&2; exit 1; }
}
# median ROW COLUMN
median() { cut -d' ' -f"$2" "times $1" | sort -g | awk '{ row[NR] = $1 } END { print row[int((NR + 1) / 2)] }'; }

start_registry distribution
start_daemon daemon
mkdir context
printf 'FROM %s/files:1\n' "$host" >context/Dockerfile
make_image
rows=()
for kind in local tar; do rows+=("waybill, $kind" "waybill, layout, $kind" "buildctl, $kind" "buildctl, cold, $kind"); done
rows+=("umoci, local" "crane, tar")
for _ in $(seq "$runs"); do
  for row in "${rows[@]}"; do measure "$row"; done
done
printf '%d files, one layer of %d MB (gzip); %d runs\n' "$files" $(($(stat -c %s "$(only_layer image)") / 1000000)) "$runs"
for kind in local tar; do
  for row in "${rows[@]}"; do
    [ "${row##* }" = $kind ] || continue
    [ -e "times $row" ] || continue
    echo "$(median "$row" 1) $(median "$row" 2) $(median "$row" 3) $(median "waybill, $kind" 1) $(median "waybill, $kind" 2) $(median "waybill, $kind" 3)" |
      awk -v row="$row" '{ printf "%-24s %7.2fs (%5.2f) %7.2fs CPU (%5.2f) %6.0f MiB (%5.2f)\n", row, $1, $1 / $4, $2, $2 / $5, $3, $3 / $6 }'
  done
done
# A daemon whose client has stalled would wait for it.
kill -KILL "$daemon_pid"
