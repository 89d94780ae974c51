#!/bin/bash
# waybill serve remembers the layers that it converted: a second export converts nothing, also in another process, with
# the same bytes; another conversion is made, and so is one whose layer or whose record is gone or damaged.
set -euo pipefail
# shellcheck source=tools/e2e/eventually.sh
. tools/e2e/eventually.sh
# shellcheck source=tools/e2e/one_layer.sh
. tools/e2e/one_layer.sh
work=$TEST_TMPDIR
export TMPDIR=$work/tmp
mkdir "$TMPDIR"
sockets=$(mktemp -d /tmp/waybill-XXXXXX) # a socket's path must be short
trap 'kill $(jobs -p) 2>/dev/null || true; wait || true; rm -r "$sockets"' EXIT
fail() {
  echo "FAIL: $*"
  exit 1
}

tar --mtime=@1600000000 -C /usr/include -cf "$work/linux" linux
image_of_layers "$work/image" "$work/linux"

serve() {
  : >"$work/log"
  "$WAYBILL" serve --listen "unix://$sockets/grpc" --root "$work/state" --allow-layout "$work" --metrics "unix://$sockets/metrics" --quiet 2>"$work/log" &
  server=$!
  eventually grep -qs "^listening" "$work/log" || fail "$(cat "$work/log")"
}
stop() { kill $server && wait $server; }
conversions() {
  curl -sS --fail --unix-socket "$sockets/metrics" http://localhost/metrics | sed -n 's/^waybill_layer_conversions_total //p'
}
# converts COUNT NAME OPTIONS   An export to the archive NAME, which converts so many layers.
converts() {
  local before after
  before=$(conversions)
  "$WAYBILL" export --progress quiet --from "oci:$work/image" --addr "unix://$sockets/grpc" \
    --output "type=oci,name=example.com/app:1,source-date-epoch=1500000000,dest=$work/$2.tar,$3" || fail "$2"
  after=$(conversions)
  [ $((${after:-0} - ${before:-0})) = "$1" ] || fail "$2 converted $((${after:-0} - ${before:-0})) layers instead of $1"
}
zstd=compression=zstd,force-compression=true

serve
converts 1 first $zstd
converts 0 second $zstd
cmp "$work/first.tar" "$work/second.tar"
"$WAYBILL" export --progress quiet --from "oci:$work/image" \
  --output "type=oci,name=example.com/app:1,source-date-epoch=1500000000,dest=$work/alone.tar,$zstd"
cmp "$work/first.tar" "$work/alone.tar"

# Another level, form, engine or epoch is another conversion.
converts 1 level $zstd,compression-level=1
converts 1 gzip compressor=waybill
converts 1 fast compressor=waybill,gzip-engine=fast
converts 1 epoch rewrite-timestamp=true
converts 1 estargz compression=estargz,force-compression=true
for name in level gzip fast epoch estargz; do cp "$work/$name.tar" "$work/$name-before.tar"; done

# In another process.
stop
serve
converts 0 second $zstd
cmp "$work/first.tar" "$work/second.tar"
converts 0 level $zstd,compression-level=1
converts 0 gzip compressor=waybill
converts 0 fast compressor=waybill,gzip-engine=fast
converts 0 epoch rewrite-timestamp=true
converts 0 estargz compression=estargz,force-compression=true
for name in level gzip fast epoch estargz; do cmp "$work/$name-before.tar" "$work/$name.tar"; done

# The converted layer goes, the record stays.
mkdir "$work/unpacked"
tar -xf "$work/first.tar" -C "$work/unpacked"
layer=$work/state/blobs/sha256/$(basename "$(only_layer "$work/unpacked")")
[ -e "$layer" ] || fail "the converted layer is not in the store"
rm -f "$layer"
converts 1 second $zstd
cmp "$work/first.tar" "$work/second.tar"
[ -e "$layer" ] || fail "the converted layer is not in the store again"

# A record that is cut, changed or not one at all.
record=$(find "$work/state/conversions" -name '*.zstd.v*')
[ -f "$record" ] || fail "no record: $(find "$work/state/conversions")"
cp "$record" "$work/record"
damage() {
  case $1 in
    cut) head -c 100 "$work/record" >"$record" ;;
    empty) : >"$record" ;;
    changed) sed 's/"size":/"size":1/' "$work/record" >"$record" ;;
    zeros) head -c "$(stat -c %s "$work/record")" /dev/zero >"$record" ;;
    directory) rm "$record" && mkdir "$record" ;;
  esac
}
for kind in cut empty changed zeros directory; do
  damage $kind
  converts 1 second $zstd
  cmp "$work/first.tar" "$work/second.tar"
  [ ! -d "$record" ] || rmdir "$record"
done
converts 1 second $zstd
converts 0 second $zstd

# What is remembered goes with its layer: at the latest when the service starts.
stop
rm -f "$work"/state/blobs/sha256/*
serve
[ -z "$(find "$work/state/conversions" -type f)" ] || fail "records stay: $(find "$work/state/conversions" -type f)"
converts 1 second $zstd
