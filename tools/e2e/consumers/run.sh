#!/bin/bash
# Builds waybill and the programs of tools/peers/large, and checks what these find of what waybill pushes (consumers.sh).
# usage: tools/e2e/consumers/run.sh
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../../.."
./tools/setup.sh tools/peers/packages.txt
./tools/peers/install.sh buildx cosign crane distribution olareg oras regctl
./tools/peers/install.sh --large
bazel build --noshow_progress --ui_event_filters=-info //tools/cli:waybill
TEST_TMPDIR=$(mktemp -d)
WAYBILL=$(realpath bazel-bin/tools/cli/waybill)
WAYBILL_PEERS=${WAYBILL_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/waybill/peers}
export TEST_TMPDIR WAYBILL WAYBILL_PEERS
code=0
tools/e2e/consumers/consumers.sh || code=$?
rm -rf "$TEST_TMPDIR"
exit $code
