#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Peak memory of exports with one large layer, to an archive, a directory and registries: tools/e2e/memory_test.sh with an
# optimised build and a larger layer. Fails at 64 MiB or more.
# usage: tools/bench/rss.sh [LAYER BYTES]    default 2 GiB; TMPDIR says where (an output takes that much)
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."

./tools/setup.sh
./tools/peers/install.sh distribution
bazel build -c opt --noshow_progress --ui_event_filters=-info //tools/cli:waybill //tools/bench:make_result
bin=$(bazel info -c opt --ui_event_filters=-info bazel-bin 2>/dev/null)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export WAYBILL=$bin/tools/cli/waybill MAKE_RESULT=$bin/tools/bench/make_result
LAYER_BYTES=${1:-$((2 << 30))} TEST_TMPDIR=$scratch ./tools/e2e/memory_test.sh
