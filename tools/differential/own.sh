#!/bin/bash
# usage: tools/differential/own.sh [OPTION]...     (README.md; without any: 500 cases)
# Builds waybill, starts a daemon, and compares what the daemon and `waybill export` make of the daemon's layers.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."
[ $# -gt 0 ] || set -- --seed 1 --cases 500 --jobs 8
tools/peers/install.sh buildkit differential
bazel build --noshow_progress //tools/cli:waybill >&2
TEST_TMPDIR=$(mktemp -d)
trap 'rm -rf "$TEST_TMPDIR"' EXIT
WAYBILL=$(realpath bazel-bin/tools/cli/waybill)
WAYBILL_PEERS=${WAYBILL_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/waybill/peers}
export TEST_TMPDIR WAYBILL WAYBILL_PEERS
tools/e2e/differential_own_test.sh "$@"
