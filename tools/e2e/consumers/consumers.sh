#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Trivy, Kyverno, Ratify and notation on what waybill pushes, on registries with and without the Referrers API: each finds
# what docs/guide-sign.md says and what `waybill matrix` says, Trivy reports no platform's packages for another, and the
# forms disturb neither each other nor oras, regctl and buildx. run.sh runs it.
# shellcheck disable=SC2154 # host is set by start_registry
set -euo pipefail
here=$PWD/tools/e2e/consumers
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/consumers/programs.sh
. "$here/programs.sh"
need_peers buildx cosign crane kubectl-kyverno notation olareg oras ratify regctl registry sbom trivy
cp -rL testdata/sample testdata/keys "$TEST_TMPDIR"
cd "$TEST_TMPDIR"
export SOURCE_DATE_EPOCH=1700000000 WAYBILL_PASSPHRASE=wayward
readonly every='"attestation-profiles=docker,bundle,raw,in-toto"' key=sign=keys/cosign.key
echo '{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.com/vex", "author": "us", "statements": []}' >vex.json

# The sample has one SBOM for both platforms. Here each has its own, with the package only-ARCHITECTURE.
for architecture in amd64 arm64; do
  old=$(jq -r --arg platform "linux/$architecture" '.attestations[$platform][].files["sbom.spdx.json"]? // empty' sample/result.json)
  jq -c --arg name "only-$architecture" '.predicate.packages[0] |= (.name = $name | .externalRefs[0].referenceLocator = "pkg:npm/\($name)@1.2.3")' \
    "sample/blobs/sha256/${old#sha256:}" >sbom.json
  hex=$(sha256sum sbom.json | cut -d' ' -f1)
  cp sbom.json "sample/blobs/sha256/$hex"
  jq --arg platform "linux/$architecture" --arg digest "sha256:$hex" \
    '(.attestations[$platform][] | select(.files)).files["sbom.spdx.json"] = $digest' sample/result.json >result.json
  cp result.json sample/result.json
done

# push IMAGE [OPTION...]   Sets root, amd64 and arm64 to the digests.
push() {
  local image=$1
  shift
  check "a push${*:+ with $*}" "$WAYBILL" export --progress plain --result sample --attest type=vex,path=vex.json \
    --output "$(IFS=,; echo "type=registry,name=$image,oci-artifact=true${*:+,$*}")"
  root=$(crane digest --insecure "$image")
  read -r amd64 arm64 < <(crane manifest --insecure "$image" |
    jq -r '[["amd64", "arm64"][] as $name | .manifests[] | select(.platform.architecture == $name) | .digest] | join(" ")')
}

# lines TRIVY_SBOM TRIVY_VEX KYVERNO RATIFY   What is found, as found_by_programs says it.
lines() { printf 'Trivy, SBOM: %s\nTrivy, VEX: %s\nKyverno, SigstoreBundle: %s\nRatify, sbom: %s' "$@"; }
nothing=$(lines '' '' '' '')
by_tag=$(lines '' '' "$slsa signature" '')
by_digest=$(lines yes $openvex "$openvex $slsa $spdx signature" application/spdx+json)

# as_expected REPOSITORY BY_TAG BY_DIGEST   Of the push before: what the programs find, which is what the matrix says, and
# Trivy reports each platform's packages alone.
as_expected() {
  local repository=$1 architecture digest
  "$WAYBILL" matrix "$repository:1" --json >matrix.json
  for architecture in amd64 arm64; do
    digest=${!architecture}
    equal "what all find of $architecture by digest" "$3" "$(found_by_programs "$repository@$digest" "linux/$architecture")"
    equal "is what the matrix says" "$3" "$(found_by_matrix "$digest")"
    equal "Trivy's packages are its own" "$([ "$3" = "$nothing" ] || echo "only-$architecture")" "$(packages "$repository@$digest" "linux/$architecture")"
    equal "what all find by tag" "$2" "$(found_by_programs "$repository:1" "linux/$architecture")"
  done
  equal "is what the matrix says" "$2" "$(found_by_matrix "$root")"
}

# as_listed REPOSITORY   oras, regctl and the matrix list the same types, and buildx shows the documents of each platform.
as_listed() {
  local digest architecture types
  "$WAYBILL" matrix "$1:1" --json >matrix.json
  for digest in "$root" "$amd64" "$arm64"; do
    types=$(types_by_oras "$1@$digest")
    equal "regctl lists what oras lists" "$types" "$(types_by_regctl "$1@$digest")"
    equal "and what the matrix says" "$types" "$(listed_by_matrix "$digest")"
  done
  buildx imagetools inspect "$1:1" --format '{{json .SBOM}}' >sboms.json
  buildx imagetools inspect "$1:1" --format '{{json .Provenance}}' >provenance.json
  for architecture in amd64 arm64; do
    equal "imagetools shows the SBOM of $architecture" "only-$architecture" \
      "$(jq -r --arg platform "linux/$architecture" '.[$platform].SPDX.packages[].name' sboms.json)"
    equal "and its provenance" true "$(jq --arg platform "linux/$architecture" '.[$platform].SLSA != null' provenance.json)"
  done
}

# by_notation COMMAND...   Signs with --force-referrers-tag=false: notation would write the fallback tag beside the API.
by_notation() { local verb=$1; shift; notation "$verb" --insecure-registry "$@"; }

check "notation's key" notation cert generate-test --default waybill
jq -n '{version: "1.0", trustPolicies: [{name: "all", registryScopes: ["*"], signatureVerification: {level: "strict"},
  trustStores: ["ca:waybill"], trustedIdentities: ["*"]}]}' >trust.json
check "and its policy" notation policy import trust.json
certificate=$(find "$HOME/.config/notation/truststore" -name '*.crt')

for kind in olareg distribution; do
  start_registry "$kind"
  echo "# the default profile on $kind"
  push "$host/docker:1"
  as_expected "$host/docker" "$nothing" "$nothing"
  as_listed "$host/docker"

  echo "# the default profiles with a key"
  push "$host/signed:1" $key
  as_expected "$host/signed" "$by_tag" "$by_digest"
  as_listed "$host/signed"

  echo "# all profiles"
  push "$host/every:1" "$every" $key sign-image=true
  as_expected "$host/every" "$by_tag" "$by_digest"
  equal "Kyverno's ImageValidatingPolicy finds the SBOM" yes "$(kyverno_passes ImageValidatingPolicy $spdx "$host/every@$arm64")"
  equal "and the provenance by tag" yes "$(kyverno_passes ImageValidatingPolicy $slsa "$host/every:1")"
  equal "and no SBOM by tag" no "$(kyverno_passes ImageValidatingPolicy $spdx "$host/every:1")"
  equal "Ratify reads the document of its platform" "no yes" \
    "$(ratify_accepts "$host/every@$amd64" only-amd64) $(ratify_accepts "$host/every@$arm64" only-amd64)"

  echo "# beside notation"
  document=$(oras_at discover --format json "$host/every@$amd64" | jq -r '.referrers[] | select(.artifactType == "application/spdx+json") | .digest')
  for digest in "$root" "$amd64" "$arm64"; do
    check "notation signs" by_notation sign --force-referrers-tag=false "$host/every@$digest"
    check "and verifies" by_notation verify "$host/every@$digest"
    equal "and lists one signature" 1 "$(by_notation list "$host/every@$digest" | grep -c '── sha256:')"
  done
  equal "Ratify wants the document signed" no "$(ratify_accepts "$host/every@$amd64" none "$certificate")"
  check "notation signs it" by_notation sign --force-referrers-tag=false "$host/every@$document"
  equal "Ratify accepts image and document" yes "$(ratify_accepts "$host/every@$amd64" none "$certificate")"
  as_expected "$host/every" "$by_tag" "$by_digest"
  as_listed "$host/every"

  echo "# cosign's tags"
  push "$host/tagged:1" '"attestation-profiles=docker,cosign-tag"' $key
  equal "Kyverno's rule Cosign finds the SBOM" yes "$(kyverno_passes Cosign $spdx "$host/tagged@$arm64")"
  equal "and the provenance by tag" yes "$(kyverno_passes Cosign $slsa "$host/tagged:1")"
  equal "Trivy's packages by digest" only-arm64 "$(packages "$host/tagged@$arm64" linux/arm64)"
  equal "and none by tag" "" "$(packages "$host/tagged:1" linux/arm64)"

  echo "# one platform"
  check "a push" "$WAYBILL" export --progress plain --from "docker://$host/docker:1@$arm64" \
    --output "type=registry,name=$host/one:1,oci-artifact=true,$key"
  "$WAYBILL" matrix "$host/one:1" --json >matrix.json
  equal "what all find by tag" "$by_digest" "$(found_by_programs "$host/one:1" linux/arm64)"
  equal "is what the matrix says" "$by_digest" "$(found_by_matrix "$(crane digest --insecure "$host/one:1")")"
  equal "Trivy's packages by tag" only-arm64 "$(packages "$host/one:1" linux/arm64)"

  echo "# documents of all platforms on the index, which no default has"
  push "$host/both:1" $key raw-subject=both
  first=$(packages "$host/both:1" linux/amd64)
  equal "Trivy reports the packages of one platform for the other" "$first $first" "${first:-none} $(packages "$host/both:1" linux/arm64)"
  "$WAYBILL" matrix "$host/both:1" --json >matrix.json
  equal "as the matrix warns" 1 "$(jq '[.lookUps[] | select(.consumer == "Trivy, SBOM" and ((.note // "") | startswith("wrong for")))] | length' matrix.json)"
done
