#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# waybill serve --store-quota, killed (SIGKILL) while blobs come and go: after each restart no blob is torn, no more is stored than the quota, and what a lease
# holds is there. Blobs get old by the times of their files.
set -euo pipefail
# shellcheck source=tools/e2e/eventually.sh
. tools/e2e/eventually.sh
work=$TEST_TMPDIR
socket=$(mktemp -u /tmp/quota-XXXXXX.sock) # a socket's path must be short
readonly quota_mib=12 rounds=15
readonly quota=$((quota_mib << 20))
trap 'kill -KILL $(jobs -p) 2>/dev/null || true; rm -f "$socket"' EXIT

fail() {
  echo "FAIL  $*"
  tail -n 5 "$work"/*.log
  exit 1
}

mkdir "$work/stubs"
protoc -I proto --python_out="$work/stubs" --grpc_out="$work/stubs" --plugin=protoc-gen-grpc="$(command -v grpc_python_plugin)" \
  containerd/services/content/v1/content.proto containerd/services/leases/v1/leases.proto
client() { PYTHONPATH=$work/stubs /usr/bin/python3 tools/e2e/service/store_client.py "$socket" "$@"; }

# serve QUOTA
serve() {
  : >"$work/serve.log" # the last one's words are not this one's
  "$WAYBILL" serve --listen "unix://$socket" --root "$work/root" --store-quota "$1" --quiet 2>>"$work/serve.log" &
  server=$!
  eventually grep -qs '^listening' "$work/serve.log" || fail "no service"
}
stored() { find "$work/root/blobs" "$work/root/uploads" -type f ! -name about.json -printf '%s\n' | awk '{ sum += $1 } END { print sum + 0 }'; }
grow_old() { find "$work/root/blobs" -type f -exec touch -a -c -d '1 hour ago' {} + 2>/dev/null || true; }

# check WHEN: the files alone
check() {
  local used
  used=$(stored)
  [ "$used" -le $quota ] || fail "$1: $used bytes of $quota"
  (cd "$work/root/blobs/sha256" && for blob in *; do echo "$blob  $blob"; done | sha256sum --check --quiet --strict) || fail "$1: a torn blob"
  for digest in "${leased[@]}"; do [ -f "$work/root/blobs/sha256/${digest#*:}" ] || fail "$1: $digest is leased and gone"; done
}

leased=()
serve ${quota_mib}MiB
client lease keep >/dev/null
mapfile -t leased < <(client put 4 keep)
[ ${#leased[@]} = 4 ] || fail "leased: ${leased[*]}"

echo "# young blobs do not go"
code=0
client put 12 >"$work/put.log" 2>"$work/refused.log" || code=$?
[ $code = 1 ] || fail "a full store took more"
grep -q "^RESOURCE_EXHAUSTED the store has no room for .* of its quota of $quota bytes are used (--store-quota)" "$work/refused.log" || fail "$(cat "$work/refused.log")"
check "refused"

echo "# old ones do, and leased ones stay"
grow_old
# A store that found no room does not look again for a second.
eventually client put 6 >"$work/put.log" || fail "no room was made"
check "evicted"

echo "# killed $rounds times"
evicted=0
for ((round = 1; round <= rounds; ++round)); do
  while :; do
    grow_old
    sleep 0.02
  done &
  ager=$!
  before=$(find "$work/root/blobs" -type f | sort)
  : >"$work/poured.log"
  client pour >>"$work/poured.log" 2>"$work/pour.log" &
  pourer=$!
  eventually [ -s "$work/poured.log" ] || fail "round $round: nothing was taken"
  sleep "0.$((RANDOM % 9))"
  kill -KILL "$server"
  {
    wait "$server"
    kill "$ager"
    wait "$pourer" "$ager"
  } 2>/dev/null || true
  [ "$before" = "$(comm -12 <(echo "$before") <(find "$work/root/blobs" -type f | sort))" ] || evicted=$((evicted + 1))
  check "round $round"
  serve ${quota_mib}MiB
  check "restarted $round"
  [ "$(client held keep | sort)" = "$(printf 'content %s\n' "${leased[@]}" | sort)" ] || fail "round $round: the lease lost something"
  for digest in "${leased[@]}"; do client read "$digest" || fail "round $round: $digest"; done
done
echo "ok    blobs went in $evicted of $rounds rounds"
[ $evicted -gt 0 ] || fail "nothing was evicted while the service was killed"

echo "# a smaller quota counts from the start"
kill -TERM "$server"
wait "$server" || fail "serve ended with $?"
grow_old
serve 5MiB
[ "$(find "$work/root/blobs" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')" -le $((5 << 20)) ] || fail "$(stored) bytes of $((5 << 20))"
for digest in "${leased[@]}"; do client read "$digest" || fail "a smaller quota: $digest"; done
