#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `waybill registry probe` tells what real registries can do, and leaves what others have in them as it was.
# shellcheck disable=SC2154  # host and registry_pids come from registries.sh
set -euo pipefail
source tools/e2e/registries.sh
need_peers olareg registry crane oras
# Bundles have no symbolic links; the files of a test are some.
cp -rL testdata/sample "$TEST_TMPDIR/sample"
empty_config=sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a

probe() { "$WAYBILL" registry probe --json "$@" >"$TEST_TMPDIR/probe.json"; }
# findings yes|no|unknown   Their names, sorted.
findings() {
  jq -r --argjson what "$(case $1 in yes) echo true ;; no) echo false ;; *) echo null ;; esac)" \
    'to_entries | map(select(.value == $what) | .key) | sort | join(" ")' "$TEST_TMPDIR/probe.json"
}

# nothing_changed   The attested image that was there before is whole.
nothing_changed() {
  equal "no tag of the probe is left" "" "$(crane ls "$host/app" | grep probe || true)"
  check "skopeo copies the image with its attestations" skopeo_copy "docker://$host/app:1" "dir:$TEST_TMPDIR/dir-${#registry_pids[@]}"
  check "oras copies it with its referrers" oras copy -r --from-plain-http --to-plain-http "$host/app:1" "$host/copy:1"
}

for kind in distribution olareg; do
  start_registry "$kind"
  echo "# $kind"
  check "an attested image is pushed" "$WAYBILL" export --progress quiet --result "$TEST_TMPDIR/sample" --output "type=registry,name=$host/app:1"
  check "the probe runs" probe --mount-from base "$host/app"
  equal "nothing is unknown" "" "$(findings unknown)"
  equal "nothing is left" "" "$(jq -r '.left[]' "$TEST_TMPDIR/probe.json")"
  case $kind in
    distribution)
      equal "what it can do" "attestation-manifest empty-config missing-subject mount mutable-tags subject" "$(findings yes)"
      ;;
    olareg)
      equal "what it cannot do" "mount-without-from tag-parameter" "$(findings no)"
      ;;
  esac
  nothing_changed
done

start_registry "fake=--profile gitlab"
echo "# a registry of which the probe is the first user"
check "the probe runs" probe "$host/app"
equal "the empty config is left, and named" "blob $empty_config, which other artifacts use" "$(jq -r '.left[]' "$TEST_TMPDIR/probe.json")"

start_registry "fake=--fault delay=1h@referrers"
echo "# a probe that is interrupted"
"$WAYBILL" registry probe --json "$host/app" >"$TEST_TMPDIR/probe.json" 2>"$TEST_TMPDIR/interrupted.log" &
has_manifests() { [ "$(grep -c 'PUT /v2/app/manifests/' "$TEST_TMPDIR/registry-$((${#registry_pids[@]} - 1)).log")" -ge 5 ]; }
eventually has_manifests
kill -TERM $!
code=0
wait $! || code=$?
equal "it ends as interrupted" 130 $code
equal "it tells what it has found out" "mutable-tags referrers-api" "$(findings unknown)"
equal "and what is left" "blob $empty_config, which other artifacts use" "$(jq -r '.left[]' "$TEST_TMPDIR/probe.json")"
equal "no tag is" "" "$(crane ls "$host/app")"
