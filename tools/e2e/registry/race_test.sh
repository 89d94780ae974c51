#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Eight processes attach to the images of one index at the same time, on registries that have neither the referrers API nor
# conditional writes: distribution, and one that takes 100 ms for each manifest. No referrer is lost.
# shellcheck disable=SC2154  # host and registry_pids come from registries.sh
set -euo pipefail
source tools/e2e/registries.sh
need_peers registry crane
readonly rounds=6 pushers=8

# make_result NUMBER   The sample with provenance of its own.
make_result() {
  local bundle=$TEST_TMPDIR/result-$1 digest
  # Bundles have no symbolic links; the files of a test are some.
  cp -rL testdata/sample "$bundle"
  echo "{\"buildDefinition\":{\"buildType\":\"https://example.com/$1\"}}" >"$bundle/new"
  digest=$(sha256sum "$bundle/new" | cut -d' ' -f1)
  mv "$bundle/new" "$bundle/blobs/sha256/$digest"
  jq --arg content "sha256:$digest" '.attestations[][] |= if .content then .content = $content else . end' testdata/sample/result.json >"$bundle/result.json"
}

# attached   Platform manifest and attestation manifest of each index in the repository, from the tags of the pushers.
attached() {
  local i
  for i in $(seq $pushers); do
    crane manifest "$host/$1:$i" | jq -r '.manifests[] | select(.annotations["vnd.docker.reference.digest"]) | .annotations["vnd.docker.reference.digest"] + " " + .digest'
  done | sort -u
}
# listed   The same from the fallback tags.
listed() {
  local tag
  for tag in $(crane ls "$host/$1" | grep '^sha256-'); do
    crane manifest "$host/$1:$tag" | jq -r --arg subject "${tag/-/:}" '.manifests[] | $subject + " " + .digest'
  done | sort -u
}

for i in $(seq $pushers); do make_result "$i"; done
for kind in distribution "fake=--profile ghcr --fault delay=100ms@manifest-put"; do
  start_registry "$kind"
  echo "# $kind"
  for round in $(seq $rounds); do
    pids=()
    for i in $(seq $pushers); do
      "$WAYBILL" export --progress plain --result "$TEST_TMPDIR/result-$i" --output "type=registry,name=$host/round$round:$i" >"$TEST_TMPDIR/push-$i.log" 2>&1 &
      pids+=($!)
    done
    for i in $(seq $pushers); do
      wait "${pids[i - 1]}" || { cat "$TEST_TMPDIR/push-$i.log"; exit 1; }
    done
    expected=$(attached "round$round")
    equal "round $round: there are attestations of $pushers builds for two platforms" $((2 * pushers)) "$(wc -l <<<"$expected")"
    equal "round $round: all of them are listed" "$expected" "$(listed "round$round")"
  done
done
