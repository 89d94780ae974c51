#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A copy of an image with all that refers to it from registry to registry over slow links, beside oras, regctl and
# skopeo: requests to both ends, seconds, and what is lost. The image has two platforms with ten layers each, attested,
# a signature on an attestation manifest, one on that signature, one on the index, and a tag of cosign's.
# usage: tools/bench/copy.sh [ROUND TRIP] [RUNS]      default 50ms 3
# Every copy goes to a registry that is empty: some clients ask it to mount blobs from whatever repository has them, and
# would find those that another client brought. "again" is the same copy to where it is already.
# "lost" counts manifests, of 9, that the destination does not have. Fails when waybill loses one.
# shellcheck disable=SC2154  # host and registry_pids come from registries.sh
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."
round_trip=${1:-50ms} runs=${2:-3}

./tools/setup.sh tools/peers/packages.txt
./tools/peers/install.sh crane oras regctl distribution
bazel build -c opt --noshow_progress --ui_event_filters=-info //tools/cli:waybill //tools/bench:delay_proxy_main
bin=$(bazel info -c opt --ui_event_filters=-info bazel-bin 2>/dev/null)
WAYBILL=$bin/tools/cli/waybill
TEST_TMPDIR=$(mktemp -d)
source tools/e2e/registries.sh
source tools/e2e/large_result.sh
need_peers crane oras regctl registry
trap 'stop_registries; rm -rf "$TEST_TMPDIR"' EXIT

# copy CLIENT FROM TO
copy() {
  case $1 in
    waybill) "$WAYBILL" copy --progress quiet "$2" "$3" ;;
    oras) oras copy -r --from-plain-http --to-plain-http "$2" "$3" ;;
    regctl) REGCTL_CONFIG=$TEST_TMPDIR/regctl.json regctl --host "reg=${2%%/*},tls=disabled" --host "reg=${3%%/*},tls=disabled" \
      image copy --referrers --digest-tags "$2" "$3" ;;
    # Layers of random bytes would be compressed, with other digests.
    skopeo) skopeo_copy --preserve-digests "docker://$2" "docker://$3" ;;
  esac >"$TEST_TMPDIR/copy.log" 2>&1 || { cat "$TEST_TMPDIR/copy.log" >&2; return 1; }
}

requests() { grep -cE "(GET|HEAD|POST|PUT|PATCH|DELETE) /v2/" "$1" || true; }

# start_empty KIND   A registry for one copy, ended by end_empty. Sets `host` and `log`.
start_empty() {
  before=${#registry_pids[@]}
  start_registry "$1"
  log=$TEST_TMPDIR/registry-$before.log
}
end_empty() {
  kill "${registry_pids[@]:before}"
  wait "${registry_pids[@]:before}" 2>/dev/null || true
  registry_pids=("${registry_pids[@]:0:before}")
}

# seconds CLIENT KIND FROM [far]   Sets `best`: the fastest of the runs, to a registry of that kind, far away or near.
seconds() {
  local start to
  best=''
  for _ in $(seq "$runs"); do
    start_empty "$2"
    to=$host
    if [ $# = 4 ]; then far "$host"; to=$proxy; fi
    start=$(date +%s.%N)
    copy "$1" "$3" "$to/copy:1"
    best=$(awk -v start="$start" -v end="$(date +%s.%N)" -v best="$best" 'BEGIN { t = end - start; print best == "" || t < best ? t : best }')
    end_empty
  done
}

# far HOST   The same behind a proxy that delays; sets `proxy`.
far() {
  "$bin/tools/bench/delay_proxy_main" "${1##*:}" "$round_trip" "$round_trip" >"$TEST_TMPDIR/proxy.log" &
  registry_pids+=($!)
  proxy=127.0.0.1:$(listening_port $!)
}

make_bundle
start_registry "fake=--profile zot"
source=$host
source_log=$TEST_TMPDIR/registry-0.log
far "$source"
far_source=$proxy
"$WAYBILL" export --progress quiet --result "$bundle" --output "type=registry,name=$source/app:1"
echo signature >"$TEST_TMPDIR/signature.txt"
attach() {
  (cd "$TEST_TMPDIR" && oras attach --plain-http --format json --artifact-type application/x-signature "$source/app@$1" signature.txt:text/plain | jq -r .digest)
}
root=$(crane digest --insecure "$source/app:1")
index=$(crane manifest --insecure "$source/app:1")
attestation=$(jq -r '[.manifests[] | select(.annotations["vnd.docker.reference.type"] == "attestation-manifest")][0].digest' <<<"$index")
signature=$(attach "$attestation")
counter=$(attach "$signature")
of_index=$(attach "$root")
cosign_tag=$(jq -r '.manifests[0].digest' <<<"$index" | tr : -).att
(cd "$TEST_TMPDIR" && oras push --plain-http "$source/app:$cosign_tag" signature.txt:text/plain >/dev/null)
manifests=("$cosign_tag" "$root" "$signature" "$counter" "$of_index")
mapfile -t -O "${#manifests[@]}" manifests < <(jq -r '.manifests[].digest' <<<"$index")

failed=0
printf '%-13s %-8s %9s %9s %6s %9s %9s %6s\n' destination client "requests" "of those" again "no delay" "$round_trip" lost
printf '%-13s %-8s %9s %9s\n' '' '' '' 'source'
for kind in "fake=--profile zot" "fake=--profile distribution"; do
  for client in waybill oras regctl skopeo; do
    start_empty "$kind"
    : >"$source_log"
    copy $client "$source/app:1" "$host/copy:1"
    read_requests=$(requests "$source_log") all=$(($(requests "$source_log") + $(requests "$log")))
    : >"$log"
    : >"$source_log"
    copy $client "$source/app:1" "$host/copy:1"
    again=$(($(requests "$source_log") + $(requests "$log")))
    lost=0
    for manifest in "${manifests[@]}"; do
      separator=@
      [ "$manifest" != "$cosign_tag" ] || separator=:
      crane manifest --insecure "$host/copy$separator$manifest" >/dev/null 2>&1 || lost=$((lost + 1))
    done
    end_empty
    seconds $client "$kind" "$source/app:1"
    near=$best
    seconds $client "$kind" "$far_source/app:1" far
    printf '%-13s %-8s %9d %9d %6d %8.2fs %8.2fs %6d\n' "${kind##* }" $client "$all" "$read_requests" "$again" "$near" "$best" "$lost"
    [ "$client $lost" != "waybill 0" ] || continue
    [ $client != waybill ] || failed=1
  done
done
exit $failed
