#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# waybill bridge --metrics in front of a real daemon: Prometheus' own parser reads the text, and builds move each metric that
# docs/metrics.md names for the bridge.
# shellcheck disable=SC2154 # host is set by start_registry, daemon and bridge by the functions that start them
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
need_peers buildkitd buildctl olareg crane
need_buildkit
only=$(sed -n '/^## The bridge/,/^## The process/p' docs/metrics.md | grep -oE '`waybill_[a-z_]+`' | tr -d '`' | sort -u)
both=$(sed -n '/^## Both/,/^## The service/p' docs/metrics.md | grep -oE '`waybill_[a-z_]+`' | tr -d '`' | sort -u)
parse() { /usr/bin/python3 "$OLDPWD/tools/e2e/metrics.py" "$@"; }
cd "$TEST_TMPDIR"
mkdir app
head -c 3000000 /dev/urandom >app/random
printf 'FROM scratch\nCOPY random /random\n' >app/Dockerfile

start_registry olareg
olareg=$host
start_daemon daemon
start_bridge bridge "$daemon" --metrics "unix://$sockets/metrics"
scrape() { curl -sS --fail --max-time 60 --unix-socket "$sockets/${2:-metrics}" http://localhost/metrics >"$1"; parse "$1" >"$1.txt"; }
value() { awk -v series="$2" '$1 == series { print $2 }' "$1.txt"; }

scrape first
equal "families" "$(printf '%s\n' "$only" "$both" | grep -v _retries_ | sort -u)" \
  "$(grep ^waybill first.txt | sed -E 's/[{ ].*//; s/_(bucket|sum|count)$//' | sort -u)"

echo "--- two exporters, one refused"
build "$bridge" app --output "type=image,name=$olareg/app:1,push=true" --output type=oci,dest=app.tar >build.log 2>&1 || fail "$(cat build.log)"
! build "$bridge" app --output "type=image,name=127.0.0.1:1/app:1,push=true" >refused.log 2>&1 || fail "a push to nobody"
scrape built
equal "a push" 1 "$(value built 'waybill_exports_total{result=ok,type=image}')"
equal "an archive" 1 "$(value built 'waybill_exports_total{result=ok,type=oci}')"
equal "a refusal" 1 "$(value built 'waybill_exports_total{result=network,type=image}')"
equal "deliveries" 3 "$(value built 'waybill_export_stage_duration_seconds_count{stage=deliver}')"
equal "turns" 2 "$(value built 'waybill_export_queue_wait_seconds_count{}')"
equal "bytes pushed" "$(crane manifest "$olareg/app:1" | jq '[.config.size, .layers[].size] | add')" \
  "$(value built 'waybill_push_blob_bytes_total{how=pushed}')"

echo "--- a build that waits for its registry is seen, with its session and the layers that wait in the spool"
upstream=$daemon
start_restricted_daemon restricted "$upstream"
start_bridge spooling "$daemon" --metrics "unix://$sockets/spooling-metrics"
start_registry "fake=--fault delay=120s@any"
build "$bridge" app --output "type=image,name=$host/slow:1,push=true" >slow.log 2>&1 &
slow=$!
shows() {
  scrape busy spooling-metrics
  [ "$(value busy 'waybill_bridge_builds{}') $(value busy 'waybill_bridge_sessions{}') $(value busy 'waybill_exports_running{}')" = "$1" ] &&
    test "$(value busy 'waybill_bridge_spool_bytes{}')" "$2" "$3"
}
eventually shows "1 1 1" -ge 3000000 || fail "$(grep waybill_bridge busy.txt)"
pkill -P "$slow"
eventually shows "0 0 0" -eq 0 || fail "$(grep waybill_bridge busy.txt)"
