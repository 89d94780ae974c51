#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The registry that `waybill registry serve` starts is a registry to everybody else: crane, oras, regctl and skopeo push
# to it, copy within it, find referrers in it and pull from it, in memory and on disk.
# shellcheck disable=SC2154  # host and registry_pids come from registries.sh
set -euo pipefail
source tools/e2e/registries.sh
need_peers crane oras regctl

cd "$TEST_TMPDIR"
head -c 5000000 /dev/urandom >big
echo hello >hello.txt
tar cf layer.tar hello.txt

# roundtrip KIND   All clients against one registry.
roundtrip() {
  start_registry "$1"
  echo "# $1"
  check "crane pushes an image" crane append --oci-empty-base -f layer.tar -t "$host/app:1"
  local subject referrer
  subject=$(crane digest "$host/app:1")
  check "oras attaches" oras_at attach --artifact-type application/vnd.example.sbom "$host/app:1" hello.txt:text/plain
  referrer=$(oras_at discover --distribution-spec v1.1-referrers-api --format json "$host/app@$subject" | jq -r '.referrers[].digest')
  equal "oras discovers it through the API, regctl sees the same" "$referrer" "$(regctl_at artifact list --format '{{range .Descriptors}}{{.Digest}}{{end}}' "$host/app:1")"
  equal "no fallback tag is written" "1" "$(crane ls "$host/app")"
  equal "the filter is applied" "" "$(oras_at discover --artifact-type application/vnd.other --format json "$host/app:1" | jq -r '.referrers[].digest')"
  check "oras pulls the referrer" oras_at pull -o "pulled-${#registry_pids[@]}" "$host/app@$referrer"
  equal "with its bytes" "hello" "$(cat "pulled-${#registry_pids[@]}/hello.txt")"

  check "oras pushes a large blob" oras_at push "$host/big:1" big
  check "regctl copies it in chunks" regctl_at --host "reg=$host,tls=disabled,blobChunk=1000000,blobMax=1000000" image copy "$host/big:1" "$host/chunked:1"
  check "oras pulls the copy" oras_at pull -o "copy-${#registry_pids[@]}" "$host/chunked:1"
  check "which is the same" cmp big "copy-${#registry_pids[@]}/big"
  check "crane copies by mounting" crane copy "$host/app:1" "$host/mounted:1"
  check "oras copies with referrers" oras copy -r --from-plain-http --to-plain-http "$host/app:1" "$host/copied:1"
  equal "and finds them again" "$referrer" "$(oras_at discover --format json "$host/copied:1" | jq -r '.referrers[].digest')"
  check "skopeo copies" skopeo_copy "docker://$host/app:1" "docker://$host/skopeo:x"
  check "skopeo copies out" skopeo_copy "docker://$host/app:1" "oci:out-${#registry_pids[@]}:1"
  check "crane validates" crane validate --remote "$host/app:1"

  check "regctl pushes a second tag" regctl_at image copy "$host/app:1" "$host/app:2"
  check "regctl deletes a tag" regctl_at tag delete "$host/app:2"
  equal "only the other is left" "1" "$(crane ls "$host/app")"
  check "crane deletes the image" crane delete "$host/app@$subject"
  equal "and its tags are gone" "" "$(crane ls "$host/app")"
}

roundtrip fake
roundtrip "fake=--dir $TEST_TMPDIR/layouts"
check "each repository on disk is an OCI layout" skopeo_copy oci:layouts/copied:1 oci:again:1
roundtrip "fake=--profile zot"
