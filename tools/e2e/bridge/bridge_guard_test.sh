#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Provenance of real builds through the bridge: a secret in a build argument is named by its place (secret-guard), and a
# build without changes keeps the index of before (attestations=reuse).
# shellcheck disable=SC2154 # host, daemon, bridge are set by the functions that start them
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
need_peers buildkitd buildctl buildx olareg crane
need_buildkit

cd "$TEST_TMPDIR"
readonly canary=hunter2canary
mkdir app
printf 'FROM scratch\nARG NPM_TOKEN\nARG TARGETARCH\nCOPY Dockerfile /\nLABEL arch=$TARGETARCH\n' >app/Dockerfile
start_registry olareg
start_daemon daemon
start_bridge guarding "$daemon"
export BUILDX_CONFIG=$TEST_TMPDIR/buildx
buildx create --name bridge --driver remote "$bridge" >/dev/null
# bake TAG OPTIONS PROVENANCE [FLAG...]   An image of two platforms.
bake() {
  cat >docker-bake.hcl <<HCL
target "default" {
  context = "app"
  platforms = ["linux/amd64", "linux/arm64"]
  args = { NPM_TOKEN = "$canary" }
  attest = ["type=provenance,$3"]
  output = ["type=registry,name=$host/app:$1,oci-artifact=true,rewrite-timestamp=true${2:+,$2}"]
}
HCL
  SOURCE_DATE_EPOCH=0 timeout 300 buildx --builder bridge bake --progress plain --metadata-file bake.json "${@:4}" >bake.log 2>&1
}
digest() { crane digest --insecure "$host/app:$1"; }
# reused   How many platforms kept their attestations, by the answer.
reused() { jq '.default."waybill.results"."0"."waybill.reused-attestations" // {} | length' bake.json; }

echo "--- secrets"
place='provenance has what looks like a secret, by its name at predicate.buildDefinition.externalParameters.request.args\["build-arg:NPM_TOKEN"\]'
bake guard "" mode=max || fail "$(cat bake.log)"
grep -q "$place" bake.log || fail "no warning: $(cat bake.log)"
! grep -q "has what looks like.*$canary" bake.log || fail "the secret is told"
bake guard "secret-guard=off" mode=max || fail "$(cat bake.log)"
! grep -q "provenance has" bake.log || fail "a warning all the same: $(cat bake.log)"
bake min "secret-guard=fail" mode=min || fail "$(cat bake.log)"
! bake none "secret-guard=fail" mode=max || fail "a secret was pushed"
grep -q "exporter option \"secret-guard\": $place" bake.log || fail "$(cat bake.log)"
! digest none >/dev/null 2>&1 || fail "the tag is there"
! grep -q "$canary" guarding.log || fail "the log has the secret"

echo "--- builds without changes"
bake 1 "attestations=reuse" mode=max || fail "$(cat bake.log)"
first=$(digest 1)
equal "a new tag gets new statements" 0 "$(reused)"
bake 1 "attestations=reuse" mode=max --no-cache || fail "$(cat bake.log)"
equal "a build without changes gives the index of before" "$first" "$(digest 1)"
equal "the client is told it" "$first" "$(jq -r '.default."containerimage.digest"' bake.json)"
equal "and what was kept" 2 "$(reused)"
check "what was pushed is whole" "$WAYBILL" verify "$host/app:1" --all-platforms
bake other "" mode=max --no-cache || fail "$(cat bake.log)"
[ "$first" != "$(digest other)" ] || fail "builds always give the same index here"

echo "--- builds with changes"
bake 1 "attestations=reuse" mode=max,version=v0.2 || fail "$(cat bake.log)"
equal "statements of a new kind are new" 0 "$(reused)"
second=$(digest 1)
[ "$first" != "$second" ] || fail "the index is that of other statements"
bake 1 "attestations=reuse,attestation-placement=index,oci-artifact=false" mode=max,version=v0.2 || fail "$(cat bake.log)"
equal "and those of another form" 0 "$(reused)"
bake 1 "attestations=reuse,oci-artifact=false" mode=max,version=v0.2 --no-cache || fail "$(cat bake.log)"
equal "which are kept then" 2 "$(reused)"
printf 'FROM scratch\nARG TARGETARCH\nCOPY app.$TARGETARCH /app\n' >app/Dockerfile
echo 1 >app/app.amd64
echo 1 >app/app.arm64
bake 2 "attestations=reuse" mode=max || fail "$(cat bake.log)"
echo 2 >app/app.arm64
bake 2 "attestations=reuse" mode=max || fail "$(cat bake.log)"
equal "a platform that changed gets new statements, the other keeps its own" 1 "$(reused)"
check "the image is whole" "$WAYBILL" verify "$host/app:2" --all-platforms
echo ok
