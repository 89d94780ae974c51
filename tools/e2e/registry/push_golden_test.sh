#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What BuildKit left in a registry, waybill leaves in three: the recorded pushes of testdata/golden, byte for byte. The
# recordings name 127.0.0.1:5052 and :5053, and statements contain the names, so that the registries run on those ports,
# in a network of their own.
set -euo pipefail
source tools/e2e/registries.sh
need_peers olareg registry crane
if [ -z "${OWN_NETWORK:-}" ]; then
  unshare --net --map-root-user true 2>/dev/null || { echo "no network namespaces here"; exit 77; }
  OWN_NETWORK=1 WAYBILL_PEERS=${peers_bin%/bin} exec unshare --net --map-root-user "$0"
fi
ip link set lo up
readonly tree=$PWD accept='Accept: application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json,
 application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json'

mapfile -t cases < <(jq -r 'select(.expect.registry) | input_filename' testdata/golden/cases/*.json)
equal "all recorded pushes are there" 11 ${#cases[@]}

# write_bundle CASE DIR   The build result of the case as a bundle.
write_bundle() {
  mkdir -p "$2/blobs/sha256"
  jq .result "$1" >"$2/result.json"
  jq -r '.result | .. | strings | select(test("^sha256:[0-9a-f]{64}$")) | .[7:]' "$1" | sort -u | while read -r hex; do
    [ ! -f "$tree/testdata/golden/blobs/$hex" ] || cp -L "$tree/testdata/golden/blobs/$hex" "$2/blobs/sha256/$hex"
  done
}

# output_of CASE   The recorded options as a value of --output.
output_of() {
  jq -r '.exporter.attrs + (if .recorded_with["build-arg:SOURCE_DATE_EPOCH"] then {"source-date-epoch": .recorded_with["build-arg:SOURCE_DATE_EPOCH"]} else {} end)
    | to_entries | map("\(.key)=\(.value)") | ["type=image"] + . | @csv' "$1"
}

# digest_of HOST REPOSITORY blobs|manifests DIGEST   Of the bytes that the registry gives for it.
digest_of() {
  curl -sSf -H "${accept//$'\n'/}" "http://$1/v2/$2/$3/$4" | sha256sum | sed 's/ .*//; s/^/sha256:/'
}

# recorded_tags CASE REPOSITORY   Without the one that base53 had before the recording.
recorded_tags() {
  jq -r --arg repository "$2" '(.expect.registry[$repository].tags.tags // [])[] | select("\($repository):\(.)" != "base53:1")' "$1" | sort
}

# compare CASE   The registry against expect.registry: bytes, tags, and where they point.
compare() {
  local host root repository kind digest tag
  root=$(jq -r '.expect.response["containerimage.digest"]' "$1")
  host=$(jq -r .exporter.attrs.name "$1" | sed 's#/.*##')
  while read -r repository; do
    for kind in manifests blobs; do
      while read -r digest; do
        [ "$(digest_of "$host" "$repository" "$kind" "$digest")" = "$digest" ] || { echo "$repository lacks $digest of $kind"; return 1; }
      done < <(jq -r --arg repository "$repository" --arg kind "$kind" '.expect.registry[$repository][$kind][]' "$1")
    done
    diff <(recorded_tags "$1" "$repository") \
      <(curl -sS "http://$host/v2/$repository/tags/list" | jq -r '(.tags // [])[] | select(startswith("sha256-") | not)' | sort) || return 1
    while read -r tag; do
      [ "$(crane digest "$host/$repository:$tag")" = "$root" ] || { echo "$repository:$tag is not $root"; return 1; }
    done < <(recorded_tags "$1" "$repository")
  done < <(jq -r '.expect.registry | keys[]' "$1")
}

for kind in olareg distribution crane; do
  echo "# $kind"
  for case in "${cases[@]}"; do
    name=$(basename "$case" .json)
    bundle=$TEST_TMPDIR/$kind-$name
    write_bundle "$case" "$bundle"
    start_registry "$kind" "$(jq -r '.exporter.attrs.name | capture("^[^/]*:(?<port>[0-9]+)/").port' "$case")"
    compatibility=$(jq -r '.compatibility_version // 30' "$case")
    check "$name is pushed" "$WAYBILL" export --progress plain --result "$bundle" --output "$(output_of "$case")" --compatibility-version "$compatibility"
    check "$name is what was recorded" compare "$case"
    stop_registry
  done
done
