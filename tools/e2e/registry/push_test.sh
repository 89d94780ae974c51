#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Attestations are found after a push, by clients that are not ours, on registries that are not ours: through the
# referrers API where there is one (and then no fallback tag is written), through the fallback tag where there is none.
# shellcheck disable=SC2154  # host and registry_pids come from registries.sh
set -euo pipefail
source tools/e2e/registries.sh
need_peers olareg registry crane referrers-registry oras regctl buildx
export BUILDX_CONFIG=$TEST_TMPDIR/buildx
# Bundles have no symbolic links; the files of a test are some.
cp -rL testdata/sample "$TEST_TMPDIR/sample"

# Clients that do not wait for a registry's limit of requests get a second try: that of ghcr.io's profile hits once.
twice() { command "$@" || command "$@"; }
buildx() { twice buildx "$@"; }
crane() { [ "$1" != registry ] || exec crane "$@"; twice crane "$@"; }
skopeo() { twice skopeo "$@"; }

# push NAMES [ATTRIBUTE]...
push() {
  local names=$1
  shift
  "$WAYBILL" export --progress plain --result "$TEST_TMPDIR/sample" --metadata-file "$TEST_TMPDIR/metadata.json" \
    --output "$(IFS=,; echo "type=registry,\"name=$names\"${*:+,$*}")"
}
platforms() { crane manifest "$host/app:1" | jq -r '.manifests[] | select(.annotations["vnd.docker.reference.type"] | not) | .digest'; }
# The attestation manifest that the index lists for a platform's manifest.
attestation_of() { crane manifest "$host/app:1" | jq -r --arg of "$1" '.manifests[] | select(.annotations["vnd.docker.reference.digest"] == $of) | .digest'; }
fallback_tags() { crane ls "$host/app" | grep -c '^sha256-' || true; }

# discovered HOW DIGEST   What oras lists by one of its two ways.
discovered() { oras_at discover --distribution-spec "v1.1-referrers-$1" --format json "$host/app@$2" | jq -r '.referrers[].digest'; }
listed_by_regctl() { regctl_at artifact list --format '{{range .Descriptors}}{{.Digest}}{{end}}' "$host/app@$1"; }

# attestations_are_found api|tag
attestations_are_found() {
  local platform
  equal "there are two platforms" 2 "$(platforms | wc -l)"
  for platform in $(platforms); do
    equal "oras finds the attestation of ${platform:7:12} ($1)" "$(attestation_of "$platform")" "$(discovered "$1" "$platform")"
    equal "regctl finds it as well" "$(attestation_of "$platform")" "$(listed_by_regctl "$platform")"
  done
}

# read_back IMAGE   The digest of the image that waybill makes of one in a registry.
read_back() {
  "$WAYBILL" export --progress quiet --from "docker://$1" --output "type=oci,dest=$TEST_TMPDIR/back.tar" --metadata-file "$TEST_TMPDIR/back.json"
  jq -r '.["containerimage.digest"]' "$TEST_TMPDIR/back.json"
}

# image_is_whole   Every other way to look at it.
image_is_whole() {
  equal "the tag is what the metadata file says" "$(jq -r '.["containerimage.digest"]' "$TEST_TMPDIR/metadata.json")" "$(crane digest "$host/app:1")"
  local provenance sbom
  provenance=$(buildx imagetools inspect --format '{{json .Provenance}}' "$host/app:1")
  sbom=$(buildx imagetools inspect --format '{{json .SBOM}}' "$host/app:1")
  equal "buildx shows provenance of both platforms" "linux/amd64 linux/arm64" "$(jq -r 'keys | join(" ")' <<<"$provenance")"
  equal "and both SBOMs" "SPDXRef-DOCUMENT SPDXRef-DOCUMENT" "$(jq -r '[.[].SPDX.SPDXID] | join(" ")' <<<"$sbom")"
  check "skopeo copies everything" skopeo_copy "docker://$host/app:1" "dir:$TEST_TMPDIR/dir-${#registry_pids[@]}"
  local platform digest
  digest=$(crane digest "$host/app:1")
  equal "waybill reads it by its tag" "$digest" "$(read_back "$host/app:1")"
  equal "waybill reads it by its digest" "$digest" "$(read_back "$host/app@$digest")"
  for platform in $(platforms); do check "crane validates ${platform:7:12}" crane validate --remote "$host/app@$platform"; done
}

for kind in olareg crane-referrers crane distribution "fake=--profile zot" "fake=--profile ghcr" "fake=--profile harbor-old"; do
  start_registry "$kind"
  echo "# $kind"
  check "the image is pushed" push "$host/app:1"
  case $kind in
    crane | distribution | *ghcr)
      attestations_are_found tag
      equal "one fallback tag for each platform" 2 "$(fallback_tags)"
      ;;
    *)
      attestations_are_found api
      equal "no fallback tag" 0 "$(fallback_tags)"
      ;;
  esac
  image_is_whole
done

start_registry "fake=--profile gitlab"
echo "# a registry that refuses a subject that is not there"
check "the image is pushed" push "$host/app:1"
image_is_whole

start_registry "fake=--profile aliyun"
echo "# a registry that refuses the empty config"
if refusal=$(push "$host/app:1" 2>&1); then echo "FAIL  it was not refused"; exit 1; fi
equal "the error has the registry's words and the option that helps" "1" "$(grep -c 'DENIED: unknown manifest class.*attestation-refused=legacy' <<<"$(tail -n 1 <<<"$refusal")")"
equal "nothing is tagged" "" "$(crane ls "$host/app")"
check "attestation-refused=legacy pushes it" push "$host/app:1" attestation-refused=legacy
equal "buildx shows provenance" "linux/amd64 linux/arm64" \
  "$(buildx imagetools inspect --format '{{json .Provenance}}' "$host/app:1" | jq -r 'keys | join(" ")')"

start_registry olareg
first=$host
start_registry crane
echo "# two registries and several names at once"
check "all names are pushed" push "$first/app:1,$first/app:2,$first/copy:latest,$host/app:1"
equal "all of them are the same image" 1 "$(for name in "$first/app:1" "$first/app:2" "$first/copy:latest" "$host/app:1"; do crane digest "$name"; done | sort -u | wc -l)"
