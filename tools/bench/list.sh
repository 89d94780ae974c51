#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What is attested about an image of 40 platforms, read over a slow link: requests, round trips and seconds of waybill
# attestations and inspect, beside buildx imagetools inspect and oras discover. Each platform has an SBOM and a
# provenance statement, in attestation manifests that the index lists and that refer to their images.
# usage: tools/bench/list.sh [ROUND TRIP] [RUNS]      default 50ms 3
# "deep" is the longest chain of requests that wait for each other or for their turn (waybill lets 64 go at once): the
# seconds that a round trip of half a second adds, when new connections cost nothing. The registries are waybill's with
# zot's profile, which has the Referrers API, and with that of distribution, which has fallback tags. "found" counts the
# statements that the client printed, of 80, and for oras, which prints manifests, these, of 40; it is asked about each
# image. Fails when waybill does not find all, or needs more than 5 round trips, 6 with fallback tags.
# shellcheck disable=SC2154  # host and registry_pids come from registries.sh
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."
round_trip=${1:-50ms} runs=${2:-3} platforms=40

./tools/setup.sh tools/peers/packages.txt
./tools/peers/install.sh buildx oras
bazel build -c opt --noshow_progress --ui_event_filters=-info //tools/cli:waybill //tools/bench:delay_proxy_main
bin=$(bazel info -c opt --ui_event_filters=-info bazel-bin 2>/dev/null)
WAYBILL=$bin/tools/cli/waybill
TEST_TMPDIR=$(mktemp -d)
source tools/e2e/registries.sh
need_peers buildx oras
trap 'stop_registries; rm -rf "$TEST_TMPDIR"' EXIT

# make_bundle   The result in $TEST_TMPDIR/bundle: one layer of two bytes for all platforms.
make_bundle() {
  python3 - "$TEST_TMPDIR/bundle" $platforms <<'PY'
import hashlib, json, os, sys

bundle, platforms = sys.argv[1], int(sys.argv[2])
os.makedirs(f"{bundle}/blobs/sha256")

def add(data):
    digest = hashlib.sha256(data).hexdigest()
    with open(f"{bundle}/blobs/sha256/{digest}", "wb") as file:
        file.write(data)
    return f"sha256:{digest}"

layer = add(b"{}")
result = {"is_map": True, "refs": {}, "attestations": {}, "metadata": {}}
listed = []
for number in range(platforms):
    platform = f"linux/arch{number}"
    config = {"architecture": f"arch{number}", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [layer]}}
    result["refs"][platform] = {"layers": [{"media_type": "application/vnd.oci.image.layer.v1.tar", "digest": layer, "size": 2, "diff_id": layer}]}
    result["metadata"][f"containerimage.config/{platform}"] = {"text": json.dumps(config)}
    listed.append({"ID": platform, "Platform": {"architecture": f"arch{number}", "os": "linux"}})
    predicates = {
        "https://spdx.dev/Document": {"spdxVersion": "SPDX-2.3", "packages": [{"name": f"p{i}-{number}"} for i in range(500)]},
        "https://slsa.dev/provenance/v1": {"buildDefinition": {"buildType": f"https://example.com/{number}"}},
    }
    result["attestations"][platform] = [
        {"kind": "in-toto", "path": "p", "predicate_type": type, "content": add(json.dumps(predicate).encode()),
         "metadata": {"reason": "sbom" if "spdx" in type else "provenance"}}
        for type, predicate in predicates.items()
    ]
result["metadata"]["refs.platforms"] = {"text": json.dumps({"Platforms": listed})}
with open(f"{bundle}/result.json", "w") as file:
    json.dump(result, file)
PY
}

# list CLIENT IMAGE   What it prints goes to $TEST_TMPDIR/list.log.
list() {
  case $1 in
    attestations) "$WAYBILL" attestations "$2" ;;
    inspect) "$WAYBILL" inspect "$2" ;;
    buildx) BUILDX_CONFIG=$TEST_TMPDIR/buildx buildx imagetools inspect "$2" --format '{{json .SBOM}} {{json .Provenance}}' ;;
    # It asks about one manifest: here the index, then each image, whose digests it is told.
    oras)
      local manifest
      for manifest in "$2" "${images[@]/#/${2%:*}@}"; do oras discover --plain-http "$manifest" || return 1; done
      ;;
  esac >"$TEST_TMPDIR/list.log" 2>"$TEST_TMPDIR/list.err" || { cat "$TEST_TMPDIR/list.err" >&2; return 1; }
}

requests() { grep -cE "(GET|HEAD) /v2/" "$1" || true; }
# How many statements the client told of: their types in the text, buildx's documents. oras tells of the manifest alone.
found() {
  case $1 in
    buildx) grep -oE '"(SPDX|SLSA)":' "$TEST_TMPDIR/list.log" ;;
    oras) grep -E 'application/vnd.docker.attestation.manifest' "$TEST_TMPDIR/list.log" ;;
    *) grep -E 'https://(spdx.dev/Document|slsa.dev/provenance)' "$TEST_TMPDIR/list.log" ;;
  esac | wc -l || true
}

# seconds CLIENT IMAGE   Sets `best`: the fastest of the runs.
seconds() {
  local start
  best=''
  for _ in $(seq "$runs"); do
    start=$(date +%s.%N)
    list "$1" "$2"
    best=$(awk -v start="$start" -v end="$(date +%s.%N)" -v best="$best" 'BEGIN { t = end - start; print best == "" || t < best ? t : best }')
  done
}

# start_proxy ROUND_TRIP HANDSHAKE   In front of the registry; sets `proxy` to its address.
start_proxy() {
  "$bin/tools/bench/delay_proxy_main" "${host##*:}" "$1" "$2" >"$TEST_TMPDIR/proxy.log" &
  registry_pids+=($!)
  proxy=127.0.0.1:$(listening_port $!)
}

make_bundle
failed=0
printf '%-13s %-13s %9s %6s %9s %9s %6s\n' registry client requests deep "no delay" "$round_trip" found
for kind in "fake=--profile zot" "fake=--profile distribution"; do
  start_registry "$kind"
  near=$host log=$TEST_TMPDIR/registry-$((${#registry_pids[@]} - 1)).log
  "$WAYBILL" export --progress quiet --result "$TEST_TMPDIR/bundle" --output "type=registry,name=$near/app:1"
  mapfile -t images < <("$WAYBILL" inspect --json "$near/app:1" | jq -r '.objects[] | select(.kind == "image") | .digest' | sort -u)
  [ ${#images[@]} = $platforms ]
  start_proxy "$round_trip" "$round_trip"
  far=$proxy
  start_proxy 500ms 0s
  farther=$proxy
  for client in attestations inspect buildx oras; do
    : >"$log"
    list $client "$near/app:1"
    count=$(requests "$log") statements=$(found $client)
    seconds $client "$near/app:1"; at_once=$best
    seconds $client "$far/app:1"; slow=$best
    seconds $client "$farther/app:1"
    deep=$(awk -v near="$at_once" -v far="$best" 'BEGIN { printf "%.0f", (far - near) / 0.5 }')
    printf '%-13s %-13s %9d %6d %8.2fs %8.2fs %6d\n' "${kind##* }" $client "$count" "$deep" "$at_once" "$slow" "$statements"
    case "$client $kind" in
      "buildx "* | "oras "*) continue ;;
      *zot) allowed=5 ;;
      *) allowed=6 ;;
    esac
    [ "$deep" -le $allowed ] && [ "$statements" = $((2 * platforms)) ] || failed=1
  done
done
exit $failed
