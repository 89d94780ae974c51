#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The registry of `waybill registry serve` against the OCI's own conformance suite, all workflows, with what the spec has
# gained since 1.1: in memory and on disk.
# shellcheck disable=SC2154  # host comes from registries.sh
set -euo pipefail
source tools/e2e/registries.sh
need_peers conformance

conforms() {
  OCI_REGISTRY=$host OCI_TLS=disabled OCI_VERSION=dev OCI_REPO1=conformance/one OCI_REPO2=conformance/two \
    OCI_RESULTS_DIR=$TEST_TMPDIR/results-${#registry_pids[@]} conformance >"$TEST_TMPDIR/conformance.log" 2>&1 ||
    { cat "$TEST_TMPDIR/conformance.log"; return 1; }
}
# results WORD   How many lines of the report end with it.
results() { grep -cE "[.]: +$1\$" "$TEST_TMPDIR/conformance.log" || true; }

for kind in fake "fake=--dir $TEST_TMPDIR/layouts"; do
  start_registry "$kind"
  echo "# $kind"
  check "the suite passes" conforms
  equal "and says so of each point" 0 "$(results '(FAIL|Fail|Error|Skip|Unknown)')"
  equal "of which there are many" yes "$([ "$(results Pass)" -ge 40 ] && echo yes)"
  # Manifests whose blobs are not there: this registry refuses them, as it may.
  equal "one is not asked for" 1 "$(results Disabled)"
done
