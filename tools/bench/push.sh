#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Requests, round trips and seconds of a push over a slow link, beside crane, oras and skopeo: an image for two platforms
# with ten layers each, attested (25 blobs, 5 manifests), from this disk to a registry behind a proxy that delays.
# usage: tools/bench/push.sh [ROUND TRIP] [RUNS]      default 50ms 3
# "untagged" is waybill with referrers-fallback=never: by default it writes fallback tags where there is no API, and looks
# a moment later whether another writer has undone them. Fails when the first push to distribution needs more than 82
# requests untagged or 86 with fallback tags, or more than 12 round trips, or more than 3 requests for the same push again. "deep" is the longest chain of requests that wait for
# each other ("100 Continue" included): the seconds that a round trip of half a second adds, when new connections cost nothing.
# shellcheck disable=SC2154  # host and registry_pids come from registries.sh
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."
round_trip=${1:-50ms} runs=${2:-3}

./tools/setup.sh tools/peers/packages.txt
./tools/peers/install.sh crane oras distribution
bazel build -c opt --noshow_progress --ui_event_filters=-info //tools/cli:waybill //tools/bench:delay_proxy_main
bin=$(bazel info -c opt --ui_event_filters=-info bazel-bin 2>/dev/null)
WAYBILL=$bin/tools/cli/waybill
TEST_TMPDIR=$(mktemp -d)
source tools/e2e/registries.sh
source tools/e2e/large_result.sh
need_peers crane oras registry
trap 'stop_registries; rm -rf "$TEST_TMPDIR"' EXIT
layout=$TEST_TMPDIR/layout

# push CLIENT HOST REPOSITORY
push() {
  case $1 in
    waybill) "$WAYBILL" export --progress quiet --result "$bundle" --output "type=registry,name=$2/$3:1" ;;
    untagged) "$WAYBILL" export --progress quiet --result "$bundle" --output "type=registry,name=$2/$3:1,referrers-fallback=never" ;;
    crane) crane push "$layout" "$2/$3:1" ;;
    oras) oras cp --from-oci-layout --to-plain-http "$layout:1" "$2/$3:1" ;;
    skopeo) skopeo copy --all --dest-tls-verify=false "oci:$layout:1" "docker://$2/$3:1" ;;
  esac >"$TEST_TMPDIR/push.log" 2>&1 || { cat "$TEST_TMPDIR/push.log" >&2; return 1; }
}

requests() { grep -cE "(GET|HEAD|POST|PUT|PATCH|DELETE) /v2/" "$log" || true; }
# Those that find or write fallback tags.
fallback_requests() { grep -cE "(GET|HEAD|PUT) /v2/[^ ]*(/referrers/|/manifests/sha256-)" "$log" || true; }

# seconds CLIENT HOST REPOSITORY   The fastest of the runs, each to a new repository.
seconds() {
  local run start best=''
  for run in $(seq "$runs"); do
    start=$(date +%s.%N)
    push "$1" "$2" "$3-$run"
    best=$(awk -v start="$start" -v end="$(date +%s.%N)" -v best="$best" 'BEGIN { t = end - start; print best == "" || t < best ? t : best }')
  done
  echo "$best"
}

# start_proxy ROUND_TRIP HANDSHAKE   In front of the registry; sets `proxy` to its address.
start_proxy() {
  "$bin/tools/bench/delay_proxy_main" "${host##*:}" "$1" "$2" >"$TEST_TMPDIR/proxy.log" &
  registry_pids+=($!)
  proxy=127.0.0.1:$(listening_port $!)
}

make_bundle
"$WAYBILL" export --progress quiet --result "$bundle" --output "type=oci,name=example.com/app:1,tar=false,dest=$layout"
failed=0
declare -A waybill_slow
printf '%-13s %-8s %6s %9s %6s %9s %9s %7s %7s\n' registry client first fallback again "no delay" "$round_trip" ratio deep
for kind in distribution "fake=--profile zot"; do
  start_registry "$kind"
  log=$TEST_TMPDIR/registry-$((${#registry_pids[@]} - 1)).log
  start_proxy "$round_trip" "$round_trip"
  slow=$proxy
  start_proxy 500ms 0
  deep=$proxy
  for client in waybill untagged crane oras skopeo; do
    : >"$log"
    push $client "$host" "$client/count"
    first=$(requests) fallback=$(fallback_requests)
    : >"$log"
    push $client "$host" "$client/count"
    again=$(requests)
    near=$(seconds $client "$host" "$client/near")
    far=$(seconds $client "$slow" "$client/far")
    [ $client != waybill ] || waybill_slow[$kind]=$far
    depth=$(awk -v near="$near" -v far="$(seconds $client "$deep" "$client/deep")" 'BEGIN { printf "%.1f", (far - near) / 0.5 }')
    printf '%-13s %-8s %6d %9d %6d %8.2fs %8.2fs %6.2fx %7s\n' "${kind##* }" $client "$first" "$fallback" "$again" "$near" "$far" \
      "$(awk -v a="$far" -v b="${waybill_slow[$kind]}" 'BEGIN { print a / b }')" "$depth"
    case "$client $kind" in
      "waybill distribution") allowed=86 ;;
      "untagged distribution") allowed=82 ;;
      *) continue ;;
    esac
    awk -v first="$first" -v allowed="$allowed" -v again="$again" -v deep="$depth" \
      'BEGIN { exit !(first <= allowed && again <= 3 && deep <= 12) }' || failed=1
  done
done
exit $failed
