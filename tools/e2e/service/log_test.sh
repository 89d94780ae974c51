#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What an operator sees of waybill serve: its log as text and as JSON, with the id that the client was told; `waybill version`; and who may
# use its socket.
set -euo pipefail
# shellcheck source=tools/e2e/eventually.sh
. tools/e2e/eventually.sh
cp -RL testdata/sample "$TEST_TMPDIR/sample"
mkdir "$TEST_TMPDIR/stubs"
protoc -I proto --python_out="$TEST_TMPDIR/stubs" --grpc_out="$TEST_TMPDIR/stubs" --plugin=protoc-gen-grpc="$(command -v grpc_python_plugin)" \
  waybill/v1/build_result.proto waybill/v1/exporter.proto
cd "$TEST_TMPDIR"
sockets=$(mktemp -d /tmp/log-XXXXXX) # a socket's path must be short
chmod 755 "$sockets"
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$sockets"' EXIT
fail() { echo "FAIL: $*"; exit 1; }
# serve NAME OPTION...   Sets `server`.
serve() {
  local name=$1
  shift
  "$WAYBILL" serve --listen "unix://$sockets/$name" --root "root-$name" "$@" 2>"$name.log" &
  server=$!
  eventually grep -q 'listening on' "$name.log" || fail "$(cat "$name.log")"
}
export_by() { "$WAYBILL" export --progress quiet --result sample --addr "unix://$sockets/$1" --output "type=oci,dest=$1.tar,name=app:1"; }
stop() { kill -TERM "$server"; wait "$server" || fail "ended with $?"; }

echo "--- text: one line for each export"
serve text
export_by text
stop
grep -qE '^export oci app:1: OK in [0-9.]+m?s \([0-9a-f]{8}-1\)$' text.log || fail "$(cat text.log)"

echo "--- JSON: every line is an object, with time and level; the id is the one that the client is told"
serve json --log-format json
export_by json
cat >ask.py <<'PY'
"""The request id in the answer to an export that is refused."""
import sys

import grpc
from waybill.v1 import exporter_pb2, exporter_pb2_grpc

stub = exporter_pb2_grpc.ExporterStub(grpc.insecure_channel(sys.argv[1]))
call = stub.Export(exporter_pb2.ExportRequest(type='im"age\n{}', attributes={"name": "x\ny"}))
try:
    list(call)
except grpc.RpcError:
    print(dict(call.initial_metadata())["waybill-request-id"])
PY
id=$(PYTHONPATH=stubs /usr/bin/python3 ask.py "unix://$sockets/json")
stop
[ "$(jq -c . json.log | wc -l)" = "$(wc -l <json.log)" ] || fail "lines that are no objects: $(cat json.log)"
jq -es 'all(.[]; (.time | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{6}Z$")) and (.level | IN("info", "warning", "error")) and .message != "")' \
  json.log >out || fail "$(cat json.log)"
jq -es 'map(select(.event == "export")) | length == 2 and .[0].code == "OK" and .[0].names == "app:1" and .[0].seconds > 0' json.log >out || fail "$(cat json.log)"
jq -es --arg id "$id" 'map(select(.event == "export"))[1] | .id == $id and .level == "error" and .reason == "INVALID_INPUT"' json.log >out ||
  fail "$id: $(cat json.log)"
jq -es 'map(.message) | (map(select(startswith("listening on"))) | length == 1) and (map(select(startswith("draining"))) | length == 1)' json.log >out || fail "$(cat json.log)"

echo "--- version"
"$WAYBILL" version --json | jq -e --arg version "$("$WAYBILL" --version)" '"waybill \(.version)" == $version and (.libraries | length >= 5)' >out || fail "version"
[ "$("$WAYBILL" version --json | jq -r .libraries.zstd)" = "$("$WAYBILL" version | sed -n 's/^zstd //p')" ] || fail "$("$WAYBILL" version)"
"$WAYBILL" version --json | jq -r .libraries.libcurl | grep -qxF "$(curl --version | sed -nE '1s#.*libcurl/([0-9.]+).*#\1#p')" || fail "curl has another version"

echo "--- who may use the socket"
serve mine --allow-uid "$(id -u)"
export_by mine
stop
serve group --allow-uid 4242 --allow-gid "$(id -g)"
export_by group
stop
serve others --allow-uid $(($(id -u) + 1)) --allow-gid 4242
! export_by others 2>error || fail "anybody may"
grep -q 'service unix://' error || fail "$(cat error)"
if [ "$(id -u)" = 0 ]; then
  chmod 666 "$sockets/others"
  chmod 755 . sample
  # As user 1, and as a member of the group.
  for as in "--reuid=1 --regid=1 --clear-groups" "--reuid=7 --regid=7 --groups=4242"; do
    rm -f others.tar
    # shellcheck disable=SC2086 # several words
    setpriv $as "$WAYBILL" export --progress quiet --result sample --addr "unix://$sockets/others" --output type=oci >others.tar 2>error || fail "$as: $(cat error)"
    [ -s others.tar ] || fail "$as: nothing"
  done
  # shellcheck disable=SC2086
  ! setpriv --reuid=7 --regid=7 --clear-groups "$WAYBILL" export --progress quiet --result sample --addr "unix://$sockets/others" --output type=oci >others.tar 2>error ||
    fail "user 7 is nobody's friend"
fi
stop
