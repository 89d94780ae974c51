#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Traces of `waybill export` and `waybill serve`: one trace from TRACEPARENT to the requests to a registry, as OpenTelemetry's own messages decode it;
# sampling, a collector that is unavailable, refuses or is not there, and variables that are wrong.
# shellcheck disable=SC2154 # host is set by start_registry, spans and collector by start_collector
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/traces.sh
. tools/e2e/traces.sh
need_peers otlp-sink
cp -rL testdata/sample "$TEST_TMPDIR/sample"
cd "$TEST_TMPDIR"
sockets=$(mktemp -d /tmp/traces-XXXXXX) # a socket's path must be short
trap 'rm -r "$sockets"; stop_registries' EXIT
fail() { echo "FAIL  $*"; exit 1; }
export SOURCE_DATE_EPOCH=1700000000 OTEL_BSP_SCHEDULE_DELAY=100
id=0af7651916cd43dd8448eb211c80319c
span=b7ad6b7169203331

# start_service NAME   Sets `server`.
start_service() {
  "$WAYBILL" serve --listen "unix://$sockets/$1" --root "state-$1" --quiet 2>"$1.log" &
  server=$!
  registry_pids+=("$server")
  eventually grep -q '^listening' "$1.log" || fail "$(cat "$1.log")"
}
push() { "$WAYBILL" export --progress plain --result sample --output "type=image,push=true,name=$host/app:1" "$@" 2>export.log; }

echo "# one trace over both, to a collector that is busy at first, and a registry that has to be asked again"
start_collector first -unavailable 1
start_registry "fake=--fault status=503@any,times=1,retry-after=0"
OTEL_EXPORTER_OTLP_ENDPOINT=$collector OTEL_EXPORTER_OTLP_HEADERS=api-key=hunter2%2Chunter3 OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=test \
  start_service grpc
OTEL_EXPORTER_OTLP_ENDPOINT=$collector OTEL_SERVICE_NAME=ci TRACEPARENT=00-$id-$span-01 TRACESTATE=vendor=1 push --addr "unix://$sockets/grpc" || fail "$(cat export.log)"
sent() { [ "$(ask '[$all[] | select(.name == "waybill.v1.Exporter/Export")] | length')" = "$1" ]; }
eventually sent 1 || fail "$(cat grpc.log) $(paths_of ci)"
equal "the trace is the caller's" "$id" "$(ask '$all[].trace' | sort -u)"
equal "its state too" "vendor=1" "$(ask '$all[].state' | sort -u)"
equal "the top is below the caller's span" "ci waybill export" "$(ask '$all[] | select(.parent == $span) | "\(.service) \(.name)"' --arg span "$span")"
equal "no other orphan" "?/waybill export" "$(ask '$all[] | select($by[.trace + .parent] == null) | path')"
equal "the client's spans" "?/waybill export
?/waybill export/exporter
?/waybill export/exporter/blob" "$(paths_of ci)"
export="?/waybill export/exporter/waybill.v1.Exporter/Export"
equal "the service's spans below them" "$export
$export/assemble
$export/deliver
$export/deliver/push
$export/deliver/push/blob
$export/layers
$export/queue" "$(paths_of waybill-serve | grep -v '/[A-Z]*$')"
equal "requests are below blobs and pushes" "$export/deliver/push
$export/deliver/push/blob" "$(paths_of waybill-serve | sed -n 's#/[A-Z]*$##p' | LC_ALL=C sort -u)"
equal "requests that were sent again" "1 503" \
  "$(ask '$all[] | select(.attributes["http.request.resend_count"] == 1).attributes["http.request.resend_count"], ([$all[].attributes["http.response.status_code"] | select(. == 503)][0])' | sort -u | paste -sd ' ')"
equal "header fields" "hunter2,hunter3" "$(ask '$all[] | select(.service == "waybill-serve").headers["Api-Key"][]' | sort -u)"
equal "the resource" "test cpp" "$(ask '$all[] | select(.service == "waybill-serve").resource | "\(.["deployment.environment.name"]) \(.["telemetry.sdk.language"])"' | sort -u)"
! grep -r hunter grpc.log export.log || fail "a header was told"

echo "# a client without a collector passes its caller's span on; one that is not sampled has none"
TRACEPARENT=00-$id-$span-01 push --addr "unix://$sockets/grpc" || fail "$(cat export.log)"
eventually sent 2 || fail "$(cat grpc.log)"
equal "the service is right below the caller" "?/waybill.v1.Exporter/Export" \
  "$(ask '$all[] | select(.service == "waybill-serve" and .parent == $span) | path' --arg span "$span")"
OTEL_EXPORTER_OTLP_ENDPOINT=$collector TRACEPARENT=00-$id-$span-00 push --addr "unix://$sockets/grpc" || fail "$(cat export.log)"
push --addr "unix://$sockets/grpc" || fail "$(cat export.log)"
eventually sent 3 || fail "$(cat grpc.log)"
equal "a trace of its own" "waybill.v1.Exporter/Export" "$(ask '$all[] | select(.parent == "").name')"

echo "# an error, and the end of the service"
! "$WAYBILL" export --progress quiet --result sample --addr "unix://$sockets/grpc" --output type=image,push=true,name=127.0.0.1:1/app:1 2>refused.log || fail "a push to nobody"
kill -TERM "$server"
wait "$server" || fail "serve ended with $?"
equal "what was under way is sent" "STATUS_CODE_ERROR network" \
  "$(ask '[$all[] | select(.name == "waybill.v1.Exporter/Export" and .code == "STATUS_CODE_ERROR")][] | "\(.code) \(.attributes["error.type"])"')"
! grep 'spans of traces' grpc.log || fail "spans were lost"

echo "# export alone"
start_collector alone
start_registry fake # which has nothing yet
OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=$collector/v1/traces push || fail "$(cat export.log)"
equal "the whole way" "waybill export
waybill export/exporter
waybill export/exporter/assemble
waybill export/exporter/deliver
waybill export/exporter/deliver/push
waybill export/exporter/deliver/push/blob
waybill export/exporter/layers" "$(paths_of waybill | grep -v '/[A-Z]*$')"

echo "# collectors that take nothing: the export is done, and says so"
start_collector refuses -reject
OTEL_EXPORTER_OTLP_ENDPOINT=$collector push || fail "$(cat export.log)"
grep -q 'spans of traces are lost: the collector rejects them: not today' export.log || fail "$(cat export.log)"
SECONDS=0
OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1 push || fail "$(cat export.log)"
[ "$SECONDS" -lt 30 ] || fail "it waited for $SECONDS s"
grep -q 'spans of traces are lost: ' export.log || fail "$(cat export.log)"

echo "# what waybill does not have is refused at the start"
equal "gRPC" 1 "$(OTEL_EXPORTER_OTLP_ENDPOINT=$collector OTEL_EXPORTER_OTLP_PROTOCOL=grpc exit_code "$WAYBILL" serve --listen "unix://$sockets/none" --root none)"
says 'OTEL_EXPORTER_OTLP_PROTOCOL: waybill sends traces by http/protobuf'
equal "gRPC, turned off" 0 "$(OTEL_SDK_DISABLED=true OTEL_EXPORTER_OTLP_ENDPOINT=$collector OTEL_EXPORTER_OTLP_PROTOCOL=grpc exit_code "$WAYBILL" export --result sample --progress quiet --output type=oci,dest=app.tar)"
