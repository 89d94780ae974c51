#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A layer that unpacks to more than --max-layer-size: whatever has to unpack it fails and leaves nothing, in the command and in the service.
# What does not unpack it does not look.
set -euo pipefail
# shellcheck source=tools/e2e/eventually.sh
. tools/e2e/eventually.sh
# shellcheck source=tools/e2e/one_layer.sh
. tools/e2e/one_layer.sh
work=$TEST_TMPDIR
export TMPDIR=$work/tmp
mkdir "$TMPDIR" "$work/out"
sockets=$(mktemp -d /tmp/waybill-XXXXXX) # a socket's path must be short
trap 'kill $(jobs -p) 2>/dev/null || true; wait || true; rm -r "$sockets"' EXIT
fail() {
  echo "FAIL: $*"
  exit 1
}

truncate -s 64M "$work/zeros"
tar -C "$work" -cf "$work/layer.tar" zeros
image_of_layers "$work/plain" "$work/layer.tar"
skopeo --insecure-policy copy -q --dest-compress-format gzip "oci:$work/plain" "oci:$work/image:1"
[ "$(stat -c %s "$(only_layer "$work/image")")" -lt 100000 ] || fail "the layer is not small"
"$WAYBILL" serve --listen "unix://$sockets/grpc" --root "$work/state" --allow-layout "$work" --max-layer-size 10MiB 2>"$work/log" &
eventually grep -qs "^listening" "$work/log" || fail "$(cat "$work/log")"

# export_to OUTPUT [OPTION]...
export_to() { "$WAYBILL" export --progress quiet --from "oci:$work/image" --output "$1,source-date-epoch=1500000000" "${@:2}"; }
# refused OUTPUT [OPTION]...   INVALID_ARGUMENT, which is exit code 1, with the layer and the limit; nothing is left.
refused() {
  local code=0
  export_to "$@" 2>"$work/err" || code=$?
  [ $code = 1 ] || fail "exit code $code: $* $(cat "$work/err")"
  grep -q 'layer 1/1 (sha256:.*): .*the layer unpacks to more than 10485760 bytes' "$work/err" || fail "$* $(cat "$work/err")"
  [ -z "$(find "$work/out" "$TMPDIR" -mindepth 1)" ] || fail "left: $(find "$work/out" "$TMPDIR" -mindepth 1)"
}

for where in "--max-layer-size 10MiB" "--addr unix://$sockets/grpc"; do
  read -ra options <<<"$where"
  for output in type=oci,name=a:1,compression=zstd,force-compression=true,dest="$work/out/a" type=oci,name=a:1,rewrite-timestamp=true,rewrite-timestamp-strict=true,dest="$work/out/a" \
    type=tar,dest="$work/out/a" type=local,dest="$work/out/a"; do
    refused "$output" "${options[@]}"
  done
  export_to "type=oci,name=a:1,dest=$work/out/a" "${options[@]}"
  rm "$work/out/a"
done
export_to "type=tar,dest=$work/out/a"
export_to "type=tar,dest=$work/out/a" --max-layer-size 65MiB --max-layer-ratio 1
rm "$work/out/a"

code=0
export_to "type=tar,dest=$work/out/a" --max-layer-size 65MiB --addr "unix://$sockets/grpc" 2>"$work/err" || code=$?
[ $code = 1 ] || fail "exit code $code"
grep -q -- '--addr excludes --max-layer-size' "$work/err" || fail "$(cat "$work/err")"
