#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Layers in every form, made and converted, of files of this machine's /usr: as one layer and as eight. waybill exports an image from one
# OCI layout to another; skopeo and regctl do the same; compressors read and write each layer, as many at once as there are processors.
# usage: tools/bench/layers.sh [MEGABYTES] [RUNS]     default 400 3; TMPDIR says where
#   from tar      the layers come without compression
#   from gzip     they come with gzip, from skopeo
# Rows take turns; each is the fastest run. "x" says how much faster than the row of its block that is 1.00. CPU and bytes are of all layers,
# the memory is that of the largest process. After each block, whether exact has Go's bytes.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."
megabytes=${1:-400} runs=${2:-3}

./tools/setup.sh tools/peers/packages.txt
./tools/peers/install.sh deflate regctl
bazel build -c opt --noshow_progress --ui_event_filters=-info //tools/cli:waybill
WAYBILL=$(bazel info -c opt --ui_event_filters=-info bazel-bin 2>/dev/null)/tools/cli/waybill
TEST_TMPDIR=$(mktemp -d)
source tools/e2e/registries.sh
source tools/e2e/one_layer.sh
need_peers go-gzip klauspost regctl
trap 'rm -rf "$TEST_TMPDIR"' EXIT
cd "$TEST_TMPDIR"

# pack COUNT   Files of /usr, dealt to so many archives until each has its part of the megabytes.
pack() {
  find /usr -xdev -type f -size -20M -printf '%s %P\n' | LC_ALL=C sort -k 2 |
    awk -v count="$1" -v most="$((megabytes * 1000000 / $1))" \
      '{ layer = NR % count + 1; if (size[layer] < most) { size[layer] += $1; print substr($0, index($0, " ") + 1) > ("list." layer) } }'
  for layer in $(seq "$1"); do tar -C /usr -cf "layer.$layer" -T "list.$layer"; done
}

# each COMMAND...   Compresses every layer of "layers", as many at once as there are processors.
each() {
  mkdir output
  find layers -type f -printf '%f\n' | sort | xargs -P "$(nproc)" -I FILE bash -c "exec ${*} <layers/FILE >output/FILE"
}

# ours FROM OPTIONS
ours() { "$WAYBILL" export --progress quiet --from "oci:$1" --output "type=oci,tar=false,dest=output,name=example.com/app:1,force-compression=true,$2"; }
by_skopeo() { skopeo --insecure-policy copy -q --dest-compress-format "$2" "oci:$1" oci:output:1; }
# regctl puts the result beside what it reads.
by_regctl() {
  cp -rl "$1" output
  regctl image mod "ocidir://output@$(jq -r '.manifests[0].digest' "$1/index.json")" --create ocidir://output:done "${@:2}"
}

run() {
  case $1 in
    "Go gzip 6") each go-gzip 6 ;;
    "klauspost gzip 6") each klauspost gzip 6 ;;
    "klauspost zstd 3") each klauspost zstd 3 ;;
    "gzip 6") each gzip -n -6 ;;
    "pigz 6") each pigz -n -6 ;;
    "zstd -T0") each zstd -q -T0 -c ;;
    "waybill exact 6") ours "$from" compression=gzip ;;
    "waybill fast "*) ours "$from" "compression=gzip,gzip-engine=fast,compression-level=${1##* }" ;;
    "waybill zstd") ours "$from" compression=zstd ;;
    "waybill estargz") ours "$from" compression=estargz ;;
    "waybill rewrite") SOURCE_DATE_EPOCH=1600000000 ours "$from" compression=gzip,rewrite-timestamp=true ;;
    "waybill fast, rewrite") SOURCE_DATE_EPOCH=1600000000 ours "$from" compression=gzip,gzip-engine=fast,rewrite-timestamp=true ;;
    "skopeo gzip") by_skopeo "$from" gzip ;;
    "skopeo zstd") by_skopeo "$from" zstd ;;
    "regctl gzip") by_regctl "$from" --layer-compress gzip ;;
    "regctl zstd") by_regctl "$from" --layer-compress zstd ;;
    "regctl rewrite") by_regctl "$from" --layer-time set=2020-09-13T12:26:40Z ;;
  esac >log 2>&1
}
export -f run each ours by_skopeo by_regctl
export WAYBILL PATH

# written   The bytes of the layers that the last run made.
written() {
  # What regctl has read has two names.
  find output -type f -size +64k -links 1 -printf '%s\n' | awk '{ sum += $1 } END { print sum }'
}

# measure ROW   Adds "seconds cpu bytes MiB" to its file.
measure() {
  rm -rf output
  sync
  # shellcheck disable=SC2016 # the inner shell expands it
  if ! from=$from /usr/bin/time -f '%e %U %S %M' -o time bash -c 'run "$1"' run "$1"; then
    echo "$1 failed: $(tail -n 1 log)" >&2
    return
  fi
  awk -v bytes="$(written)" '{ print $1, $2 + $3, bytes, $4 / 1024 }' time >>"times $1"
  case $1 in
    "Go gzip 6") cat output/* | sha256sum >"digest Go" ;;
    "waybill exact 6") layers_of output | sha256sum >"digest waybill" ;;
  esac
}

# layers_of LAYOUT   Their bytes, in the order of their files in "layers".
layers_of() {
  local manifest=$1/blobs/sha256/ digests diff_ids name
  manifest+=$(jq -r '.manifests[0].digest' "$1/index.json" | cut -d: -f2)
  mapfile -t digests < <(jq -r '.layers[].digest' "$manifest" | cut -d: -f2)
  mapfile -t diff_ids < <(jq -r '.rootfs.diff_ids[]' "$1/blobs/sha256/$(jq -r .config.digest "$manifest" | cut -d: -f2)" | cut -d: -f2)
  for name in $(printf '%s\n' "${diff_ids[@]}" | sort); do
    for i in "${!diff_ids[@]}"; do [ "${diff_ids[$i]}" != "$name" ] || cat "$1/blobs/sha256/${digests[$i]}"; done
  done
}

# block TITLE, 1.00, ROW...
block() {
  local title=$1 base=$2 row rows
  shift 2
  rm -f times*
  for _ in $(seq "$runs"); do for row in "$@"; do measure "$row"; done; done
  mapfile -t rows < <(for row in "$@"; do [ ! -e "times $row" ] || echo "$row"; done)
  printf '\n%-24s %8s %8s %7s %8s %12s %6s\n' "$title" seconds MB/s x "CPU s" bytes MiB
  for row in "${rows[@]}"; do
    sort -g "times $row" | head -n 1 | awk -v row="$row" -v size="$size" -v base="$(sort -g "times $base" | cut -d' ' -f1 | head -n 1)" \
      '{ printf "%-24s %8.2f %8.1f %7.2f %8.2f %12d %6.0f\n", row, $1, size / 1e6 / $1, base / $1, $2, $3, $4 }'
  done
}

for count in 1 8; do
  rm -rf plain packed layers
  pack "$count"
  image_of_layers plain layer.*
  # The compressors' input: the layers alone, under their diff ids.
  mkdir layers
  for layer in $(jq -r '.layers[].digest' "plain/blobs/sha256/$(jq -r '.manifests[0].digest' plain/index.json | cut -d: -f2)" | cut -d: -f2); do
    ln "plain/blobs/sha256/$layer" layers/
  done
  size=$(find layers -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
  printf '\n%d layer(s), %.1f MB in all, fastest of %d runs\n' "$count" "$(awk -v size="$size" 'BEGIN { print size / 1e6 }')" "$runs"

  from=plain
  fast=()
  for level in 1 2 3 4 5 6 7 8 9; do fast+=("waybill fast $level"); done
  block "from tar, gzip" "Go gzip 6" "Go gzip 6" "waybill exact 6" "${fast[@]}" "waybill estargz" "waybill rewrite" "waybill fast, rewrite" \
    "klauspost gzip 6" "gzip 6" "pigz 6" "skopeo gzip" "regctl gzip"
  cmp -s "digest Go" "digest waybill" || { echo "BYTES DIFFER" && exit 1; }
  echo "exact has Go's bytes"
  block "from tar, zstd" "klauspost zstd 3" "klauspost zstd 3" "waybill zstd" "zstd -T0" "skopeo zstd" "regctl zstd"

  skopeo --insecure-policy copy -q oci:plain oci:packed:1
  from=packed
  block "from gzip" "skopeo zstd" "skopeo zstd" "regctl zstd" "waybill zstd" "waybill estargz" "regctl rewrite" "waybill rewrite" "waybill fast, rewrite"
done
