#!/bin/bash
# containerd's own test suite for content stores against the service.
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
need_peers content-suite
[ "$(id -u)" = 0 ] || { echo "containerd's content suite runs as root only"; exit 77; }

export TMPDIR=$TEST_TMPDIR
content-suite "$WAYBILL" >"$TEST_TMPDIR/log" 2>&1 || { cat "$TEST_TMPDIR/log"; exit 1; }
[ "$(grep -c -- '^    --- PASS' "$TEST_TMPDIR/log")" = 12 ] || { cat "$TEST_TMPDIR/log"; exit 1; }
