#!/bin/bash
# Random layers, merged by containerd and the kernel and written by BuildKit's library, and by waybill: to the byte. Longer runs:
# rootfs-cases SEED COUNT DIRECTORY | bazel-bin/tools/e2e/rootfs_cases_main DIRECTORY
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
(need_peers rootfs-cases) || { code=$?; [ $code = 77 ] && exit 0; exit $code; }
need_peers rootfs-cases
[ "$(id -u)" = 0 ] || { echo "layers are mounted as root only"; exit 0; }

mkdir "$TEST_TMPDIR/layers"
rootfs-cases 1 300 "$TEST_TMPDIR/layers" | "$CASES" "$TEST_TMPDIR"
