#!/bin/bash
# Random results, exported by a real daemon and through the bridge in front of it: what comes out must be the same.
# Options go to the program (tools/peers/differential); without any these are a few cases, always the same.
# shellcheck disable=SC2154 # daemon and bridge are set by the functions that start them
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
need_peers buildkitd differential
need_buildkit

recorded=$TEST_TMPDIR/recorded
[ $# -gt 0 ] || set -- --seed 1 --cases 15 --jobs 8 --record "$recorded"
export TMPDIR=$TEST_TMPDIR
start_daemon daemon
start_bridge bridge "$daemon"
differential --direct "$daemon" --bridge "$bridge" "$@"

# What was recorded is whole: every document that a case names is there.
[ -d "$recorded" ] || exit 0
named=0
for digest in $(jq -r '.expect.documents[]?.digest' "$recorded"/cases/*.json); do
  echo "${digest#sha256:}  $recorded/blobs/${digest#sha256:}" | sha256sum --check --quiet || fail "$digest"
  named=$((named + 1))
done
[ $named -gt 10 ] || fail "$named documents were recorded"
