#!/bin/bash
# Layers that the bridge compresses: beside a build of an unmodified daemon the images are the same to the byte, with
# every base layer, attestation and option, and the daemon is left with layers without compression.
# shellcheck disable=SC2154 # host, daemon, bridge are set by the functions that start them
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
need_peers buildkitd buildkitd-v0.17 buildctl registry crane
need_buildkit

cd "$TEST_TMPDIR"
start_registry distribution
mkdir base app
cp /usr/bin/busybox base/
printf 'FROM scratch\nCOPY busybox /bin/busybox\n' >base/Dockerfile
cp -r /usr/include/linux app/headers
find app -exec touch -d 2020-01-01 {} +
cat >app/Dockerfile <<DOCKERFILE
FROM $host/base:1 AS app
COPY headers /headers
COPY Dockerfile /
WORKDIR /work
LABEL a=b
DOCKERFILE
epoch=(--opt build-arg:SOURCE_DATE_EPOCH=1600000000 --opt target=app)

# Layers of one daemon are not those that the other one remembers.
start_daemon direct
direct=$daemon
start_daemon daemon
start_bridge bridge "$daemon"
start_bridge always "$daemon" --compress
always=$bridge
bridge=unix://$sockets/bridge.sock

# image BUILDER NAME ATTRIBUTES [OPTION]...   Builds the app and pushes it.
image() {
  local builder=$1 name=$2 attributes=$3
  shift 3
  build "$builder" app "${epoch[@]}" "$@" --output "type=image,name=$host/app:$name,push=true$attributes" \
    --metadata-file "$name.json" >"$name.log" 2>&1 || fail "$(cat "$name.log")"
  [ "$(crane digest "$host/app:$name")" = "$(jq -r '."containerimage.digest"' "$name.json")" ] || fail "the answered digest of $name"
}
# images NAME   The digests of its images; the image's own where there is one.
images() {
  crane manifest "$host/app:$1" | jq -r 'if .manifests then .manifests[] | select(.platform.os != "unknown") | .digest else empty end'
}
# same NAME NAME   The same image.
same() { [ "$(crane digest "$host/app:$1")" = "$(crane digest "$host/app:$2")" ] || fail "$1 and $2 differ: $(diff <(crane manifest "$host/app:$1") <(crane manifest "$host/app:$2"))"; }
types() { crane manifest "$host/app:$1" | jq -r '.layers[].mediaType' | sed 's/.*tar//' | tr '\n' ' '; }

echo "--- a base image, which stays as it is"
build "$direct" base --opt build-arg:SOURCE_DATE_EPOCH=1500000000 --output "type=image,name=$host/base:1,push=true,oci-mediatypes=true" >base.log 2>&1 || fail "$(cat base.log)"

echo "--- exact: the digest of an unmodified daemon, with every form, level and media type"
image "$direct" gzip-direct ''
image "$bridge" gzip-waybill ,compressor=waybill
same gzip-direct gzip-waybill
crane validate --remote "$host/app:gzip-waybill" >/dev/null || fail "gzip-waybill"
[ "$(buildctl --addr "$daemon" du --format json | jq length)" -gt 0 ] || fail "no cache"
image "$always" gzip-always ''
same gzip-direct gzip-always
for case in compression=gzip,compression-level=1,force-compression=true \
  compression=estargz,force-compression=true,oci-mediatypes=true compression=estargz,rewrite-timestamp=true,oci-mediatypes=true \
  oci-mediatypes=false,force-compression=true; do
  name=$(echo "$case" | tr -c 'a-z0-9\n' -)
  # What a daemon has compressed once it does not compress again.
  buildctl --addr "$direct" prune --all >/dev/null
  image "$direct" "direct-$name" ",$case"
  image "$bridge" "waybill-$name" ",compressor=waybill,$case"
  same "direct-$name" "waybill-$name"
done

echo "--- attestations name the images and layers that there are"
for artifact in true false; do
  for builder in direct bridge; do
    attribute=
    [ "$builder" = direct ] || attribute=,compressor=waybill
    image "${!builder}" "attested-$builder-$artifact" "$attribute,oci-artifact=$artifact" --opt attest:provenance=mode=max,version=v1
  done
  [ -n "$(images "attested-direct-$artifact")" ] || fail "no image"
  [ "$(images "attested-direct-$artifact")" = "$(images "attested-bridge-$artifact")" ] || fail "another image in the index"
  # Nobody finds the legacy form by its subject, which verify says.
  [ "$artifact" = false ] || "$WAYBILL" verify "docker://$host/app:attested-bridge-$artifact" >verify.log 2>&1 || fail "$(cat verify.log)"
  image=$(images "attested-bridge-$artifact")
  manifest=$(crane manifest "$host/app:attested-bridge-$artifact" | jq -r '.manifests[] | select(.platform.os == "unknown") | .digest')
  blob=$(crane manifest "$host/app@$manifest" | jq -r '.layers[0].digest')
  crane blob "$host/app@$blob" | jq -e --arg image "${image#*:}" '.subject | length > 0 and all(.[]; .digest.sha256 == $image)' >/dev/null ||
    fail "the statement has another subject"
done

echo "--- fast, Zstandard, none: the same files"
image "$bridge" fast ,compressor=waybill,gzip-engine=fast
image "$bridge" zstd ,compressor=waybill,compression=zstd
image "$bridge" none ,compression=uncompressed,compressor=waybill
[ "$(types fast)" = '+gzip +gzip +gzip +gzip ' ] || fail "fast: $(types fast)"
[ "$(types zstd)" = '+gzip +zstd +zstd +zstd ' ] || fail "zstd: $(types zstd)"
[ "$(types none)" = '+gzip    ' ] || fail "none: $(types none)"
[ "$(crane digest "$host/app:fast")" != "$(crane digest "$host/app:gzip-direct")" ] || fail "fast has the bytes of exact"
config() { crane manifest "$host/app:$1" | jq -r .config.digest; }
for name in fast zstd none; do [ "$(config $name)" = "$(config gzip-direct)" ] || fail "another config: $name"; done
cmp <(crane export "$host/app:fast" - | tar -t | sort) <(crane export "$host/app:gzip-direct" - | tar -t | sort) || fail "other files"

echo "--- archives, and the client's own layout"
for type in oci docker; do
  build "$direct" app "${epoch[@]}" --output "type=$type,name=a:1,dest=direct.tar" >tar.log 2>&1 || fail "$(cat tar.log)"
  build "$bridge" app "${epoch[@]}" --output "type=$type,name=a:1,compressor=waybill,dest=bridge.tar" >tar.log 2>&1 || fail "$(cat tar.log)"
  cmp direct.tar bridge.tar || fail "type=$type differs"
done
build "$bridge" app "${epoch[@]}" --output type=oci,tar=false,compressor=waybill,dest=layout >layout.log 2>&1 || fail "$(cat layout.log)"
[ "$(jq -r '.manifests[0].digest' layout/index.json)" = "$(crane digest "$host/app:gzip-direct")" ] || fail "another image in the layout"
"$WAYBILL" verify oci:layout >verify.log 2>&1 || fail "$(cat verify.log)"

echo "--- what a later direct build of this daemon does: layers without compression, unless it forces one"
image "$daemon" later ''
[ "$(types later)" = '+gzip    ' ] || fail "later: $(types later)"
image "$daemon" forced ,force-compression=true
same forced gzip-direct

echo "--- what cannot be is said"
refused() {
  ! build "$bridge" app "${epoch[@]}" "$@" >refused.log 2>&1 || fail "not refused: $*"
  cat refused.log
}
refused --output "type=image,name=$host/app:no,compressor=waybill" | grep -q 'compressor: the build daemon does this export' || fail "$(cat refused.log)"
refused --output type=oci,dest=no.tar,compressor=waybill --export-cache type=local,dest=cache | grep -q 'beside a cache export' || fail "$(cat refused.log)"
start_bridge small "$daemon" --compress --spool-dir "$PWD/spool" --spool-limit 64KiB
small=$bridge
bridge=$small refused --output "type=image,name=$host/app:no,push=true" | grep -q "spool $PWD/spool: no room" || fail "$(cat refused.log)"
[ -z "$(ls -A spool)" ] || fail "the spool has $(find spool)"

echo "--- a daemon of another generation, which does not wait for the export"
start_daemon oldest buildkitd-v0.17
start_bridge old "$daemon" --compress
image "$bridge" old-waybill ,oci-mediatypes=true
image "$daemon" old-direct ,oci-mediatypes=true,force-compression=true
same old-direct old-waybill
