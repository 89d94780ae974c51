#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# attestations=reuse: exports of the same images with newer provenance give the index of before, in the command and through
# a service, on registries with and without the Referrers API; another registry gets a copy of what was kept.
# shellcheck disable=SC2154 # host is set by start_registry
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
need_peers olareg registry crane
cp -rL testdata/sample testdata/keys "$TEST_TMPDIR"
export WAYBILL_PASSPHRASE=wayward
cd "$TEST_TMPDIR"

# rebuild   The sample as another build makes it: the images are the same, and the provenance has other times.
rebuild() {
  local content digest
  while read -r content; do
    jq -c --arg now "$RANDOM$RANDOM" '.runDetails.metadata.invocationId = $now' "sample/blobs/${content/://}" >changed
    digest=$(sha256sum <changed | cut -d ' ' -f 1)
    mv changed "sample/blobs/sha256/$digest"
    sed -i "s/$content/sha256:$digest/" sample/result.json
  done < <(jq -r '.attestations[][] | select(.path == "provenance.json") | .content' sample/result.json | LC_ALL=C sort -u)
}
# push NAMES OPTIONS [FLAG...]
push() {
  "$WAYBILL" export --progress plain --result sample --metadata-file metadata.json \
    --output "type=registry,\"name=$1\",source-date-epoch=1700000000${2:+,$2}" "${@:3}"
}
digest() { crane digest --insecure "$1"; }
reused() { jq '."waybill.reused-attestations" // {} | length' metadata.json; }

"$WAYBILL" serve --listen tcp://127.0.0.1:0 --root state 2>serve.log &
registry_pids+=($!)
eventually grep -qs '^listening' serve.log
tcp=$(sed -n 's/^listening on \(tcp:.*\)/\1/p' serve.log)
start_registry fake
other=$host

for kind in olareg distribution; do
  start_registry "$kind"
  for where in command service; do
    flags=()
    [ $where = command ] || flags=(--addr "$tcp")
    image=$host/$where:1
    echo "# $where, $kind"
    check "a first build" push "$image" attestations=reuse "${flags[@]}"
    first=$(digest "$image")
    equal "is new" 0 "$(reused)"
    rebuild
    check "another build" push "$image" attestations=reuse,verify=true "${flags[@]}"
    equal "gives the same index" "$first" "$(digest "$image")"
    equal "of both platforms" 2 "$(reused)"
    equal "the answer has its digest" "$first" "$(jq -r '."containerimage.digest"' metadata.json)"
    equal "and names what was kept" \
      "$(crane manifest --insecure "$image" | jq -r '.manifests[] | .annotations["vnd.docker.reference.digest"] // empty' | LC_ALL=C sort | paste -sd ' ')" \
      "$(jq -r '."waybill.reused-attestations" | keys[]' metadata.json | LC_ALL=C sort | paste -sd ' ')"
    check "a push of it elsewhere too" push "$image,$other/$kind-$where:1" attestations=reuse "${flags[@]}"
    equal "has that index there" "$first" "$(digest "$other/$kind-$where:1")"
    check "as a whole" "$WAYBILL" verify "$other/$kind-$where:1" --all-platforms
    check "another form" push "$image" attestations=reuse,oci-artifact=false "${flags[@]}"
    equal "is new" 0 "$(reused)"
    check "without the option" push "$image" "" "${flags[@]}"
    [ "$first" != "$(digest "$image")" ] || { echo "the provenance is the same"; exit 1; }
  done
done

echo "# with other options"
rebuild
check "documents beside statements that are kept" push "$image" 'attestations=reuse,"attestation-profiles=docker,raw"'
equal "have the index of before" 2 "$(reused)"
check "all of it is whole" "$WAYBILL" verify "$image" --all-platforms
signing='attestations=reuse,sign=keys/cosign.key,sign-image=true'
referrers() { "$WAYBILL" inspect --json "$image" | jq '[.. | objects | select(.artifactType? == "application/vnd.dev.sigstore.bundle.v0.3+json") | .digest] | unique | length'; }
check "a signed build" push "$image" "$signing"
signed=$(referrers)
[ "$signed" -gt 0 ] || { echo "there is no bundle"; exit 1; }
rebuild
check "another one" push "$image,$other/signed:1" "$signing"
equal "has the index of before" 2 "$(reused)"
equal "and no bundle more" "$signed" "$(referrers)"
check "elsewhere it is signed too" "$WAYBILL" verify "$other/signed:1" --all-platforms --chain --key keys/cosign.pub
equal "an archive has no attestations of before" 1 \
  "$(exit_code "$WAYBILL" export --result sample --output type=oci,dest=x.tar,attestations=reuse)"
says 'has no meaning for type oci'
equal "nor has a push by digest" 1 "$(exit_code push "$image" attestations=reuse,push-by-digest=true)"
says 'conflicts with "push-by-digest=true"'
