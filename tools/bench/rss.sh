#!/bin/bash
# Peak memory of an export with one large layer, to an archive and to a directory. Fails at 64 MiB or more.
# usage: tools/bench/rss.sh [LAYER BYTES]    default 4 GiB; TMPDIR says where (the output takes that much)
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."
bytes=${1:-$((4 << 30))}
readonly limit_kib=$((64 << 10))
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

./tools/setup.sh
bazel build -c opt --noshow_progress --ui_event_filters=-info //tools/cli:waybill //tools/bench:make_result
bin=$(bazel info -c opt --ui_event_filters=-info bazel-bin 2>/dev/null)
"$bin/tools/bench/make_result" "$scratch/result" 1 "$bytes" sparse

failed=0
for attributes in "dest=$scratch/image.tar" "dest=$scratch/layout,tar=false"; do
  /usr/bin/time -v -o "$scratch/time" "$bin/tools/cli/waybill" export --progress quiet --result "$scratch/result" \
    --output "type=oci,name=example.com/rss:1,$attributes"
  kib=$(awk -F': ' '/Maximum resident set size/ { print $2 }' "$scratch/time")
  seconds=$(awk -F'): ' '/Elapsed/ { print $2 }' "$scratch/time")
  printf '%-10s %s bytes in one layer, elapsed %s, peak RSS %d KiB (limit %d KiB)\n' \
    "$([[ $attributes == *tar=false ]] && echo directory || echo archive)" "$bytes" "$seconds" "$kib" "$limit_kib"
  [ "$kib" -lt "$limit_kib" ] || failed=1
  rm -rf "$scratch/image.tar" "$scratch/layout"
done
exit $failed
