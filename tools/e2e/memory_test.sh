#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An export takes less than 64 MiB of memory whatever the size of a layer: to an archive, to a layout, to a registry in
# one request, and in chunks where a proxy wants that; and less than 96 MiB when it converts the layer. LAYER_BYTES is the
# size of the layer (tools/bench/rss.sh).
# shellcheck disable=SC2154  # host and registry_pids come from registries.sh
set -euo pipefail
source tools/e2e/registries.sh
source tools/e2e/one_layer.sh
need_peers registry
readonly bytes=${LAYER_BYTES:-$((256 << 20))} limit_kib=$((64 << 10)) converting_limit_kib=$((96 << 10))

"$MAKE_RESULT" "$TEST_TMPDIR/result" 1 "$bytes" sparse

# export_in_little_memory WHAT OUTPUT
export_in_little_memory() {
  local kib seconds
  check "$1" /usr/bin/time -f '%M %e' -o "$TEST_TMPDIR/time" "$WAYBILL" export --progress quiet --result "$TEST_TMPDIR/result" --output "$2"
  read -r kib seconds <"$TEST_TMPDIR/time"
  printf '      %s bytes in one layer, %s s, peak RSS %d KiB (limit %d KiB)\n' "$bytes" "$seconds" "$kib" "$limit_kib"
  equal "in little memory" yes "$([ "$kib" -lt "$limit_kib" ] && echo yes)"
}

export_in_little_memory "an archive is written" "type=oci,name=example.com/app:1,dest=$TEST_TMPDIR/image.tar"
rm "$TEST_TMPDIR/image.tar"
export_in_little_memory "a layout is written" "type=oci,name=example.com/app:1,tar=false,dest=$TEST_TMPDIR/layout"
rm -r "$TEST_TMPDIR/layout"
start_registry distribution
export_in_little_memory "an image is pushed" "type=registry,name=$host/app:1"
rm -r "$TEST_TMPDIR"/registry-0.log.d
start_registry "fake=--dir $TEST_TMPDIR/registry --profile cloudflare"
export_in_little_memory "an image is pushed in chunks" "type=registry,name=$host/app:1"
equal "of which there are some" yes "$(grep -q '^PATCH ' "$TEST_TMPDIR/registry-1.log" && echo yes)"

# Real files over and over, because output that cannot be made smaller takes memory too.
tar --sort=name -C / -cf "$TEST_TMPDIR/files.tar" usr/bin usr/lib/gcc usr/share/perl 2>/dev/null || true
while cat "$TEST_TMPDIR/files.tar"; do :; done 2>/dev/null | head -c "$bytes" >"$TEST_TMPDIR/layer.tar"
rm "$TEST_TMPDIR/files.tar"
image_of_layers "$TEST_TMPDIR/image" "$TEST_TMPDIR/layer.tar"
for engine in fast exact; do
  check "a layer is converted, $engine" /usr/bin/time -f '%M %e' -o "$TEST_TMPDIR/time" "$WAYBILL" export --progress quiet --from "oci:$TEST_TMPDIR/image" \
    --output "type=oci,tar=false,dest=$TEST_TMPDIR/converted,force-compression=true,gzip-engine=$engine"
  read -r kib seconds <"$TEST_TMPDIR/time"
  printf '      %s bytes in one layer, %s s, peak RSS %d KiB (limit %d KiB)\n' "$bytes" "$seconds" "$kib" "$converting_limit_kib"
  equal "in little memory" yes "$([ "$kib" -lt "$converting_limit_kib" ] && echo yes)"
  rm -r "$TEST_TMPDIR/converted"
done
