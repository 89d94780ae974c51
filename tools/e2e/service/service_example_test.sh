#!/bin/bash
# The Python client of docs/service.md against a running service: what it writes is what the command writes.
set -euo pipefail

# Bundles have no symbolic links.
sample=$TEST_TMPDIR/sample
cp -RL testdata/sample "$sample"

stubs=$TEST_TMPDIR/stubs
mkdir "$stubs"
protoc -I proto --python_out="$stubs" --grpc_out="$stubs" --plugin=protoc-gen-grpc="$(command -v grpc_python_plugin)" \
  waybill/v1/build_result.proto waybill/v1/exporter.proto containerd/services/content/v1/content.proto

# A socket's path must be short.
socket=$(mktemp -u /tmp/waybill-XXXXXX.sock)
"$WAYBILL" serve --listen "unix://$socket" --root "$TEST_TMPDIR/state" 2>"$TEST_TMPDIR/serve.log" &
server=$!
trap 'kill $server 2>/dev/null || true; wait $server || true' EXIT
# shellcheck source=tools/e2e/eventually.sh
. tools/e2e/eventually.sh
eventually grep -q '^listening' "$TEST_TMPDIR/serve.log"
[ "$(stat -c %a "$socket")" = 660 ]

export PYTHONPATH=$stubs
options=(name=example.com/app:1 source-date-epoch=1700000000)
# The second time the service has the blobs.
for round in 1 2; do
  python3 tools/examples/export.py "unix://$socket" "$sample" "$TEST_TMPDIR/python.tar" "${options[@]}" >"$TEST_TMPDIR/events$round"
done
grep -q '^report' "$TEST_TMPDIR/events1"
grep -q 'key: "containerimage.digest"' "$TEST_TMPDIR/events1"
grep -q 'state: STATE_DONE' "$TEST_TMPDIR/events1"
grep -q '^upload sha256:' "$TEST_TMPDIR/events1"
if grep -q '^upload' "$TEST_TMPDIR/events2"; then echo "blobs were uploaded twice"; exit 1; fi

"$WAYBILL" export --result "$sample" --output "type=oci,dest=$TEST_TMPDIR/command.tar,name=example.com/app:1,source-date-epoch=1700000000" --progress quiet
cmp "$TEST_TMPDIR/python.tar" "$TEST_TMPDIR/command.tar"

# A wrong attribute is named to the client.
if python3 tools/examples/export.py "unix://$socket" "$sample" "$TEST_TMPDIR/bad.tar" compression=lzma 2>"$TEST_TMPDIR/error"; then
  echo "a wrong compression was accepted"
  exit 1
fi
grep -q 'unsupported compression type lzma' "$TEST_TMPDIR/error"

# SIGTERM: drained, and the socket is gone.
kill -TERM $server
wait $server
[ ! -e "$socket" ]
