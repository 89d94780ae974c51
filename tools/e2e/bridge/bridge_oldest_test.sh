#!/bin/bash
# The bridge in front of the oldest daemon that it is made for: what that daemon writes itself comes out the same, and
# what it does not know (OCI artifacts) waybill adds.
# shellcheck disable=SC2154 # host, daemon, bridge are set by the functions that start them
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
need_peers buildkitd-v0.14 buildctl buildx olareg crane oras
need_buildkit

cd "$TEST_TMPDIR"
mkdir app
cp /usr/bin/busybox app/
cat >app/Dockerfile <<'DOCKERFILE'
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox","sh","-c","echo layer >/layer"]
DOCKERFILE
start_registry olareg
start_daemon oldest buildkitd-v0.14
start_bridge bridge "$daemon"

echo "--- a push and an archive, and the daemon's own"
for options in ",oci-mediatypes=true" ",oci-mediatypes=true,annotation.a=b,compression=zstd,force-compression=true"; do
  build "$bridge" app --output "type=image,name=$host/bare:bridge,push=true$options" >push.log 2>&1 || fail "$(cat push.log)"
  build "$daemon" app --output "type=image,name=$host/bare:direct,push=true$options" >push.log 2>&1 || fail "$(cat push.log)"
  [ "$(crane digest "$host/bare:bridge")" = "$(crane digest "$host/bare:direct")" ] || fail "digests differ: $options"
done
for name in bridge direct; do
  address=${!name:-$daemon}
  build "$address" app --opt build-arg:SOURCE_DATE_EPOCH=1700000000 --output "type=oci,dest=$name.tar" >tar.log 2>&1 || fail "$(cat tar.log)"
done
cmp bridge.tar direct.tar || fail "archives differ"

echo "--- two platforms, provenance as OCI artifacts"
export BUILDX_CONFIG=$TEST_TMPDIR/buildx
buildx create --name oldest --driver remote "$bridge" >/dev/null
timeout 120 buildx --builder oldest build --progress plain --platform linux/amd64,linux/386 --provenance mode=max \
  --metadata-file metadata.json -o "type=image,name=$host/app:1,push=true,oci-artifact=true" app >push.log 2>&1 || fail "$(cat push.log)"
[ "$(crane digest "$host/app:1")" = "$(jq -r '."containerimage.digest"' metadata.json)" ] || fail "the metadata file"
for image in $(crane manifest "$host/app:1" | jq -r '.manifests[] | select(.platform.os != "unknown") | .digest'); do
  oras discover --plain-http --format json "$host/app@$image" |
    jq -e '[.referrers[].artifactType] == ["application/vnd.docker.attestation.manifest.v1+json"]' >/dev/null || fail "referrers of $image"
done

echo "--- a push that fails fails the build"
start_registry "fake=--auth user:password"
! build "$bridge" app --output "type=image,name=$host/app:1,push=true" >refused.log 2>&1 || fail "a push without credentials"
grep -q "^error: failed to solve: failed to push $host/app:1: .*401" refused.log || fail "$(cat refused.log)"
