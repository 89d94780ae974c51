#!/bin/bash
# Fuzzes parsers with libFuzzer under AddressSanitizer and UBSan, one after the other, from the seeds in corpus/ and what
# earlier runs found. A crash ends the run: its input is in out/fuzz/TARGET; keep it as a seed in corpus/TARGET with the fix.
# usage: tools/fuzz/run.sh SECONDS [TARGET]...     default: every target, SECONDS each
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."
seconds=${1:?usage: tools/fuzz/run.sh SECONDS [TARGET]...}
shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || for corpus in tools/fuzz/corpus/* tools/fuzz/oci/corpus/*; do targets+=("${corpus##*/}"); done
# The folder of a target: this one, or oci/ for the parsers of oci/.
folder() { if [ -d "tools/fuzz/oci/corpus/$1" ]; then echo tools/fuzz/oci; else echo tools/fuzz; fi; }

./tools/setup.sh
labels=()
for target in "${targets[@]}"; do labels+=("//$(folder "$target"):${target}_fuzzer"); done
bazel build --config=fuzz --noshow_progress --ui_event_filters=-info "${labels[@]}"
bin=$(bazel info --config=fuzz --ui_event_filters=-info bazel-bin 2>/dev/null)

for target in "${targets[@]}"; do
  found=out/fuzz/$target
  mkdir -p "$found/corpus"
  echo "=== $target, $seconds s"
  "$bin/$(folder "$target")/${target}_fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="$found/" "$found/corpus" "$(folder "$target")/corpus/$target" >"$found/log" 2>&1 || {
    tail -n 40 "$found/log"
    exit 1
  }
  grep -E 'stat::(number_of_executed_units|average_exec_per_sec|peak_rss_mb)|DONE' "$found/log"
done
