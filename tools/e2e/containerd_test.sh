#!/bin/bash
# containerd's own client library brings blobs to the service, goes on after a broken call, and reads everything back.
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
need_peers content-client

socket=$(mktemp -u /tmp/waybill-XXXXXX.sock) # a socket's path must be short
"$WAYBILL" serve --listen "unix://$socket" --root "$TEST_TMPDIR/state" 2>"$TEST_TMPDIR/serve.log" &
registry_pids+=($!)
eventually grep -q '^listening' "$TEST_TMPDIR/serve.log"

head -c 5000000 /dev/urandom >"$TEST_TMPDIR/random"
[ "$(content-client "unix://$socket" testdata/sample/blobs/sha256/* "$TEST_TMPDIR/random")" = "9 blobs" ]
# One of them was deleted at the end.
[ "$(find "$TEST_TMPDIR/state/blobs/sha256" -type f | wc -l)" = 8 ]
for blob in "$TEST_TMPDIR"/state/blobs/sha256/*; do
  [ "$(sha256sum <"$blob" | cut -d' ' -f1)" = "$(basename "$blob")" ]
done
