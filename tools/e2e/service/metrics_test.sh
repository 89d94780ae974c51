#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# waybill serve --metrics: Prometheus' own parser reads the text; every metric that docs/metrics.md names moves, by the amounts that
# registries, files and the kernel tell.
# shellcheck disable=SC2154 # host is set by start_registry
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
need_peers olareg registry crane
cp -rL testdata/sample "$TEST_TMPDIR/sample"
documented=$(sed -n '/^## Both/,/^## The bridge/p; /^## The process/,$p' docs/metrics.md | grep -oE '`(waybill|process)_[a-z_]+`' | tr -d '`' | sort -u)
parse() { /usr/bin/python3 "$OLDPWD/tools/e2e/metrics.py" "$@"; }
cd "$TEST_TMPDIR"
sockets=$(mktemp -d /tmp/metrics-XXXXXX) # a socket's path must be short
trap 'rm -r "$sockets"; stop_registries' EXIT
export SOURCE_DATE_EPOCH=1700000000
fail() { echo "FAIL  $*"; exit 1; }

"$WAYBILL" serve --listen "unix://$sockets/grpc" --root state --store-quota 1MiB --parallel-exports 1 --metrics "unix://$sockets/metrics" --metrics tcp://127.0.0.1:0 \
  --quiet 2>serve.log &
server=$!
registry_pids+=("$server")
eventually grep -q '^listening' serve.log || fail "$(cat serve.log)"
tcp=$(sed -n 's#^metrics on tcp://##p' serve.log)
scrape() { curl -sS --fail --max-time 60 --unix-socket "$sockets/metrics" http://localhost/metrics >"$1"; parse "$1" >"$1.txt"; }
value() { awk -v series="$2" '$1 == series { print $2 }' "$1.txt"; }
push() { "$WAYBILL" export --progress quiet --result sample --addr "unix://$sockets/grpc" --output "type=image,push=true,$1"; }

echo "# what is there from the start"
scrape first
equal "no gap to the documentation" "$documented" "$(grep -v '^waybill_registry_retries_total' <(echo "$documented") >known
  { sed -E 's/[{ ].*//; s/_(bucket|sum|count)$//' first.txt; echo waybill_registry_retries_total; } | sort -u)"
equal "over tcp" "$(grep -c '^waybill_' first)" "$(curl -sS "http://$tcp/metrics?x=y" | grep -c '^waybill_')"
equal "its type" "text/plain; version=0.0.4; charset=utf-8" "$(curl -sS -o head -w '%{content_type}' "http://$tcp/metrics")"
equal "another path" 404 "$(curl -sS -o head -w '%{http_code}' "http://$tcp/")"
equal "another method" 405 "$(curl -sS -o head -w '%{http_code}' -X POST "http://$tcp/metrics")"
equal "the version" 1 "$(value first "waybill_build_info{version=$("$WAYBILL" --version | awk '{ print $NF }')}")"

echo "# pushes"
start_registry olareg
olareg=$host
push "name=$olareg/app:1"
scrape pushed
# blobs_of IMAGE   How many blobs the image has, each once, and their bytes, by the registry's own word.
blobs_of() {
  for manifest in $(crane manifest "$1" | jq -r '.manifests[].digest'); do
    crane manifest "${1%:*}@$manifest" | jq -r '(.config, .layers[]) | "\(.digest) \(.size)"'
  done | sort -u | awk '{ sum += $2 } END { print NR, sum }'
}
read -r blobs bytes <<<"$(blobs_of "$olareg/app:1")"
equal "blobs pushed" "$blobs" "$(value pushed 'waybill_push_blobs_total{how=pushed}')"
equal "bytes pushed" "$bytes" "$(value pushed 'waybill_push_blob_bytes_total{how=pushed}')"
push "name=$olareg/app:1"
scrape again
equal "bytes present" "$bytes" "$(value again 'waybill_push_blob_bytes_total{how=present}')"
equal "bytes pushed before" "$bytes" "$(value again 'waybill_push_blob_bytes_total{how=pushed}')"
push "\"name=$olareg/app:2,$olareg/mounted:1\""
scrape mounted
# Statements name the image, so that those of this push are new.
equal "blobs and bytes mounted" "$(blobs_of "$olareg/mounted:1")" \
  "$(value mounted 'waybill_push_blobs_total{how=mounted}') $(value mounted 'waybill_push_blob_bytes_total{how=mounted}')"
start_registry distribution
push "name=$host/app:1,oci-artifact=true"
start_registry "fake=--profile aliyun"
push "name=$host/app:1,oci-artifact=true,attestation-refused=skip"
start_registry "fake=--fault status=503@any,skip=2,times=2 --fault status=429@any,skip=6,times=1,retry-after=1"
limited=$host
push "name=$limited/app:1" || fail "faults"
"$WAYBILL" export --progress quiet --result sample --addr "unix://$sockets/grpc" --output "type=image,push=true,name=127.0.0.1:1/app:1" 2>refused.log && fail "a push to nobody"
scrape registries
equal "fallback tags" 2 "$(value registries 'waybill_fallback_tags_total{result=written}')"
equal "downgrades" 1 "$(value registries 'waybill_attestation_downgrades_total{}')"
equal "retries" yes "$(grep -q "^waybill_registry_retries_total{host=$limited,reason=" registries.txt && echo yes)"
equal "pushes that ended well" 6 "$(value registries 'waybill_exports_total{result=ok,type=image}')"
equal "and the one that did not" 1 "$(value registries 'waybill_exports_total{result=network,type=image}')"

echo "# conversions, files, the queue and the store"
"$WAYBILL" export --progress quiet --result sample --addr "unix://$sockets/grpc" \
  --output type=oci,tar=false,dest=zstd,compression=zstd,force-compression=true --output type=tar,dest=files.tar
scrape converted
layers=$(find zstd/blobs -type f -exec sh -c 'head -c 4 "$1" | od -An -tx1 | grep -q "28 b5 2f fd" && stat -c %s "$1"' _ {} \; | awk '{ sum += $1 } END { print NR, sum }')
equal "layers that were made, and their bytes" "$layers" \
  "$(value converted 'waybill_layer_conversions_total{}') $(value converted 'waybill_layer_conversion_output_bytes_total{}')"
equal "the store" "$(find state/blobs -type f -printf '%s\n' | awk '{ sum += $1 } END { print NR, sum }')" \
  "$(value converted 'waybill_store_blobs{}') $(value converted 'waybill_store_bytes{}')"
# A layer that needs nearly all of the quota; blobs are old by the times of their files.
"$MAKE_RESULT" large 1 1020000 random
running() { scrape busy && [ "$(value busy 'waybill_exports_running{}') $(value busy 'waybill_exports_waiting{}')" = "$1" ]; }
# An export marks its blobs as used when it ends, which its client need not see.
grow_old() {
  eventually running "0 0" || fail "$(grep waybill_exports busy.txt)"
  find state/blobs -type f -exec touch -a -c -d '1 hour ago' {} +
}
grow_old
find state/blobs -type f -printf '%f %s\n' | sort >before
"$WAYBILL" export --progress quiet --result large --addr "unix://$sockets/grpc" --output type=oci,dest=large.tar
find state/blobs -type f -printf '%f %s\n' | sort >after
scrape evicted
equal "blobs that went, and their bytes" "$(comm -23 before after | awk '{ sum += $2 } END { print NR, sum }')" \
  "$(value evicted 'waybill_store_evicted_blobs_total{}') $(value evicted 'waybill_store_evicted_bytes_total{}')"
equal "the quota" 1048576 "$(value evicted 'waybill_store_quota_bytes{}')"
grow_old
# A registry that holds one export up; another waits behind it.
start_registry "fake=--fault delay=120s@any"
push "name=$host/slow:1" 2>slow.log &
slow=$!
# A store that found no room does not look again for a second.
held_up() {
  kill -0 "$slow" 2>/dev/null || { push "name=$host/slow:1" 2>slow.log & slow=$!; }
  running "1 0"
}
eventually held_up || fail "$(grep waybill_exports busy.txt; cat slow.log)"
push "name=$olareg/waits:1" 2>waits.log &
waits=$!
eventually running "1 1" || fail "$(grep waybill_exports busy.txt)"
cp busy waiting
pkill -P "$slow"
pkill -P "$waits"
eventually running "0 0" || fail "$(grep waybill_exports busy.txt)"

echo "# the process, beside what the kernel says"
scrape last
equal "descriptors" yes "$(awk -v metric="$(value last 'process_open_fds{}')" -v kernel="$(find "/proc/$server/fd" -mindepth 1 | wc -l)" \
  'BEGIN { d = metric - kernel; print (d * d <= 9) ? "yes" : metric " " kernel }')"
equal "start" yes "$(awk -v metric="$(value last 'process_start_time_seconds{}')" -v kernel="$(date -d "$(ps -o lstart= -p "$server")" +%s)" \
  'BEGIN { d = metric - kernel; print (d * d <= 9) ? "yes" : metric " " kernel }')"

echo "# every metric has moved"
moved=$({ parse --moved first last; parse --moved first waiting; } | sort -u)
# These four are what they are from the start to the end.
constant=$(printf '%s\n' process_max_fds process_start_time_seconds waybill_build_info waybill_store_quota_bytes)
equal "documented metrics that moved" "$documented" "$(printf '%s\n' "$moved" "$constant" | sort -u)"

echo "# drained, the last export is seen; without an address there is nothing"
kill -TERM "$server"
wait "$server" || fail "serve ended with $?"
[ ! -e "$sockets/metrics" ] || fail "the socket stays"
