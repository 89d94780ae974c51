#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One trace of a build through the bridge: client, daemon and bridge send their spans to a collector that OpenTelemetry's own messages decode.
# shellcheck disable=SC2154 # host is set by start_registry, daemon and bridge by the functions that start them, spans and collector by start_collector
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/traces.sh
. tools/e2e/traces.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
need_peers buildkitd buildctl buildx olareg otlp-sink
need_buildkit
cd "$TEST_TMPDIR"
mkdir app
head -c 3000000 /dev/urandom >app/random
printf 'FROM scratch\nCOPY random /random\n' >app/Dockerfile
start_registry olareg

start_collector traced
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_BSP_SCHEDULE_DELAY=100
OTEL_EXPORTER_OTLP_ENDPOINT=$collector start_daemon daemon
OTEL_EXPORTER_OTLP_ENDPOINT=$collector start_bridge bridge "$daemon"

# trace_of SERVICE NAME   Of the root with this name.
trace_of() { ask '[$all[] | select(.service == $service and .name == $name and .parent == "")][0].trace // ""' --arg service "$1" --arg name "$2"; }
# whole TRACE   The bridge's export is there, and no parent is missing.
whole() { [ "$(ask '[$all[] | select(.trace == $trace and .service == "waybill-bridge" and .name == "export")] | length' --arg trace "$1")" = 1 ] && [ -z "$(orphans_of "$1")" ]; }

# exported NAME   Sets `trace` to that in which the bridge exported it.
exported() { trace=$(ask '[$all[] | select(.service == "waybill-bridge" and .name == "exporter" and .attributes["waybill.export.names"] == $name)][0].trace // ""' --arg name "$1") && [ -n "$trace" ]; }

echo "--- buildctl"
OTEL_EXPORTER_OTLP_ENDPOINT=$collector build "$bridge" app --output "type=image,name=$host/app:1,push=true" --output type=oci,dest=app.tar \
  >build.log 2>&1 || fail "$(cat build.log)"
trace=$(trace_of buildctl build)
[ -n "$trace" ] || fail "buildctl sent no root: $(ask '$all[] | "\(.service) \(.name)"' | sort | uniq -c)"
eventually whole "$trace" || fail "$(orphans_of "$trace")"
equal "one root" "buildctl build" "$(roots_of "$trace")"
equal "who is in the trace" "buildctl buildkitd waybill-bridge" \
  "$(ask '$all[] | select(.trace == $trace).service' --arg trace "$trace" | sort -u | paste -sd ' ')"
equal "the bridge is in no other" "$trace" "$(ask '$all[] | select(.service == "waybill-bridge").trace' | sort -u)"
solve=build/moby.buildkit.v1.Control/Solve/export
equal "the bridge's spans" "$solve
$solve/exporter
$solve/exporter/deliver
$solve/exporter/deliver/blob
$solve/exporter/deliver/push
$solve/exporter/deliver/push/blob
$solve/queue" "$(paths_of waybill-bridge | grep -v '/[A-Z]*$')"
equal "requests are below blobs and pushes" "$solve/exporter/deliver/push
$solve/exporter/deliver/push/blob" "$(paths_of waybill-bridge | sed -n 's#/[A-Z]*$##p' | LC_ALL=C sort -u)"

# spans_named NAME QUESTION   What jq says of the bridge's spans of that name, sorted.
spans_named() { ask "\$all[] | select(.service == \"waybill-bridge\" and .name == \$name) | $2" --arg name "$1" | sort; }
equal "exporters" "image $host/app:1
oci " "$(spans_named exporter '"\(.attributes["waybill.export.type"]) \(.attributes["waybill.export.names"])"')"
equal "a large blob" "pushed $(crane manifest "$host/app:1" | jq '.layers[0].size')" \
  "$(spans_named blob 'select(.attributes["waybill.blob.size"] > 1000000 and .attributes["waybill.blob.outcome"]) | "\(.attributes["waybill.blob.outcome"]) \(.attributes["waybill.blob.size"])"')"
equal "requests" "SPAN_KIND_CLIENT 127.0.0.1 ${host##*:}" \
  "$(spans_named PUT '"\(.kind) \(.attributes["server.address"]) \(.attributes["server.port"])"' | sort -u)"
equal "answers" "201" "$(spans_named PUT '.attributes["http.response.status_code"]' | sort -u)"
equal "the export" "SPAN_KIND_SERVER STATUS_CODE_UNSET" "$(spans_named export '"\(.kind) \(.code)"')"
# Each within its parent, for the clock is one.
equal "children outside of their parents" "" \
  "$(ask '$all[] | select(.service == "waybill-bridge") | select($by[.trace + .parent] as $p | $p.service == "waybill-bridge" and (.start < $p.start or .end > $p.end)) | path')"

echo "--- a push that fails"
! OTEL_EXPORTER_OTLP_ENDPOINT=$collector build "$bridge" app --output "type=image,name=127.0.0.1:1/app:1,push=true" >refused.log 2>&1 || fail "a push to nobody"
failed() { [ "$(spans_named export 'select(.code == "STATUS_CODE_ERROR").attributes["error.type"]')" = network ]; }
eventually failed || fail "$(spans_named export .)"

echo "--- docker buildx"
OTEL_EXPORTER_OTLP_ENDPOINT=$collector buildx create --name traced --driver remote "$bridge" >buildx.log 2>&1
OTEL_EXPORTER_OTLP_ENDPOINT=$collector buildx --builder traced build --provenance=false --push --tag "$host/app:2" app >>buildx.log 2>&1 || fail "$(cat buildx.log)"
eventually exported "$host/app:2" || fail "no export of buildx's build"
eventually whole "$trace" || fail "$(orphans_of "$trace")"
equal "one root" 1 "$(roots_of "$trace" | wc -l)"
equal "which is buildx's" buildx "$(roots_of "$trace" | cut -d' ' -f1)"

echo "--- buildctl without a collector: its spans go to the daemon, which passes them on"
build "$bridge" app --output "type=image,name=$host/app:3,push=true" >build.log 2>&1 || fail "$(cat build.log)"
eventually exported "$host/app:3" || fail "no export of the build"
eventually whole "$trace" || fail "$(orphans_of "$trace")"
equal "one root" "buildctl build" "$(roots_of "$trace")"
! grep -h 'spans of traces' "$TEST_TMPDIR"/bridge.log || fail "spans were lost"
