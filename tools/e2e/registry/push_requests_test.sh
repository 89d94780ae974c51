#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How many requests a push needs, counted in distribution's own log: two platforms with ten layers each, attested. The
# numbers are those of docs/registries.md; tools/bench/push.sh measures round trips and seconds beside other clients.
# shellcheck disable=SC2154  # host, registry_pids and bundle come from the sourced files
set -euo pipefail
source tools/e2e/registries.sh
source tools/e2e/large_result.sh
need_peers registry

# requests ATTRIBUTES   Pushes and prints how many requests the registry got.
requests() {
  : >"$log"
  "$WAYBILL" export --progress quiet --result "$bundle" --output "type=registry,$1" >"$TEST_TMPDIR/push.log" 2>&1 || { cat "$TEST_TMPDIR/push.log" >&2; return 1; }
  grep -cE "(GET|HEAD|POST|PUT|PATCH|DELETE) /v2/" "$log"
}
# at_most WHAT LIMIT COUNT
at_most() { equal "$1: $3 requests, at most $2" yes "$([ "$3" -le "$2" ] && echo yes)"; }

make_bundle
start_registry distribution
log=$TEST_TMPDIR/registry-0.log
at_most "without fallback tags" 82 "$(requests "name=$host/untagged:1,referrers-fallback=never")"
at_most "the same again" 3 "$(requests "name=$host/untagged:1,referrers-fallback=never")"
at_most "with fallback tags, which is the default" 86 "$(requests "name=$host/app:1")"
at_most "the same again" 3 "$(requests "name=$host/app:1")"
