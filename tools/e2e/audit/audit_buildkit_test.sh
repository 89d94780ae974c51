#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Images that buildkitd itself pushed, in both of its forms, and that it wrote into archives: read back.
# shellcheck disable=SC2154 # daemon and host are set by the functions that start them
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
need_peers buildkitd buildctl olareg registry moby-attestations
need_buildkit

cd "$TEST_TMPDIR"
mkdir app
head -c 1000 /dev/urandom >app/random
printf 'FROM scratch\nCOPY random /random\n' >app/Dockerfile
start_daemon daemon
# build_image OUTPUT
build_image() {
  build "$daemon" app --opt platform=linux/amd64,linux/arm64 --opt attest:provenance=mode=max --opt build-arg:SOURCE_DATE_EPOCH=1700000000 \
    --output "$1" >build.log 2>&1 || fail "$(cat build.log)"
}
summary() { "$WAYBILL" attestations "$1" --json | jq -r '.[] | "\(.about.platform) \(.content) \(.predicateType) \(.sources | join("+")) \(.subject // "none")"'; }

start_registry olareg
olareg=$host
start_registry distribution
distribution=$host
provenance=https://slsa.dev/provenance/v1

build_image "type=image,name=$olareg/app:new,push=true,oci-mediatypes=true,oci-artifact=true"
equal "the artifact form on olareg" "linux/amd64 statement $provenance index+referrer matches
linux/arm64 statement $provenance index+referrer matches" "$(summary "$olareg/app:new")"
check "is whole" "$WAYBILL" verify "$olareg/app:new" --all-platforms --blobs --require provenance
build_image "type=image,name=$distribution/app:new,push=true,oci-mediatypes=true,oci-artifact=true"
equal "no fallback tag lists it on distribution" 2 "$(exit_code "$WAYBILL" verify "$distribution/app:new" --all-platforms)"
equal "which verify names" "discovery-referrers" "$(grep -oE '^[a-z-]+: att' out | sort -u | cut -d : -f 1)"
equal "the index has it" 0 "$(exit_code "$WAYBILL" verify "$distribution/app:new" --all-platforms --discovery index)"

build_image "type=image,name=$olareg/old:1,push=true,oci-mediatypes=true,oci-artifact=false"
equal "the legacy form" "linux/amd64 statement $provenance index none
linux/arm64 statement $provenance index none" "$(summary "$olareg/old:1")"
equal "the same statements in both forms" "$("$WAYBILL" attestations "$olareg/app:new" --json | jq -r '.[].subjects[].digest.sha256' | sort -u)" \
  "$("$WAYBILL" attestations "$olareg/old:1" --json | jq -r '.[].subjects[].digest.sha256' | sort -u)"
check "the legacy form is whole in the index" "$WAYBILL" verify "$olareg/old:1" --all-platforms --blobs --discovery index
equal "it carries no signature" 2 "$(exit_code "$WAYBILL" verify "$olareg/old:1" --all-platforms --discovery index --chain)"
equal "which the chain names" "chain-subject" "$(grep -oE '^chain-[a-z-]+' out | sort -u)"

build_image "type=oci,name=example.com/app:1,dest=image.tar,oci-artifact=true"
check "an archive is whole" "$WAYBILL" verify oci-archive:image.tar --all-platforms --blobs --require provenance
"$WAYBILL" attestations oci-archive:image.tar --platform linux/arm64 --type slsa --predicate >provenance.json
check "its provenance is a document" jq -e '.buildDefinition.buildType and .runDetails.metadata' provenance.json

echo "# by moby's client, from what the daemon pushed and wrote"
mkdir images
mv image.tar images/
sockets=$(mktemp -d /tmp/audit-XXXXXX) # a socket's path must be short
"$WAYBILL" serve --listen "unix://$sockets/grpc.sock" --root root --http "unix://$sockets/http.sock" \
  --allow-layout "$PWD/images" --allow-registry "$olareg" --allow-registry "$distribution" 2>serve.log &
server=$!
registry_pids+=("$server")
eventually grep -q "^listening" serve.log || fail "$(cat serve.log)"
# asked IMAGE, listed IMAGE   Type, digest, and the digest of the statement for arm64: of moby's client, of the command.
asked() { moby-attestations "unix://$sockets/http.sock" --platform linux/arm64 --statement "$1" | tail -n +2 | cut -d ' ' -f 1,2,4; }
listed() { "$WAYBILL" attestations "$1" --platform linux/arm64 --json | jq -r '.[] | "\(.predicateType) \(.digest) \(.digest)"'; }
for image in "$olareg/app:new" "$distribution/app:new" "$olareg/old:1"; do
  equal "$image has provenance" 1 "$(asked "$image" | grep -c "^$provenance sha256:")"
  equal "$image" "$(listed "$image")" "$(asked "$image")"
done
equal "the archive" "$(listed oci-archive:images/image.tar)" "$(asked oci-archive:image.tar)"
kill "$server"
wait "$server" || true
rm -r "$sockets"
