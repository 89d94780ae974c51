#!/bin/bash
# Random results, exported by a real daemon and by waybill export from layers that the daemon has made: what comes out
# must be the same, but for the bytes of Zstandard. Options go to the program (tools/peers/differential); without any these
# are a few cases, always the same.
# shellcheck disable=SC2154 # daemon is set by the function that starts it
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
need_peers buildkitd differential
need_buildkit

[ $# -gt 0 ] || set -- --seed 1 --cases 15 --jobs 8
export TMPDIR=$TEST_TMPDIR
start_daemon daemon
differential --direct "$daemon" --own "$WAYBILL" "$@"
