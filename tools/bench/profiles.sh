#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A push with all attestation profiles beside one with the docker profile alone, and beside the latter followed by one
# `cosign attest` for each statement: requests and seconds over a slow link, to a registry with the Referrers API and to
# one without. The image has two platforms, with an SBOM, provenance and a VEX document each.
# usage: tools/bench/profiles.sh [ROUND TRIP] [RUNS]      default 50ms 3
# shellcheck disable=SC2154  # host and registry_pids come from registries.sh
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."
round_trip=${1:-50ms} runs=${2:-3}

./tools/setup.sh tools/peers/packages.txt
./tools/peers/install.sh crane cosign
bazel build -c opt --noshow_progress --ui_event_filters=-info //tools/cli:waybill //tools/bench:delay_proxy_main
bin=$(bazel info -c opt --ui_event_filters=-info bazel-bin 2>/dev/null)
WAYBILL=$bin/tools/cli/waybill
TEST_TMPDIR=$(mktemp -d)
source tools/e2e/registries.sh
need_peers crane cosign
trap 'stop_registries; rm -rf "$TEST_TMPDIR"' EXIT
cp -rL testdata/sample testdata/keys "$TEST_TMPDIR"
cd "$TEST_TMPDIR"
export WAYBILL_PASSPHRASE=wayward COSIGN_PASSWORD=wayward SOURCE_DATE_EPOCH=0
echo '{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://example.com/vex","author":"us","statements":[]}' >vex.json

# push IMAGE [OPTIONS]
push() {
  "$WAYBILL" export --progress quiet --result sample --attest type=vex,path=vex.json --output "type=registry,name=$1,oci-artifact=true${2:+,$2}"
}
# attest IMAGE   Each statement, by cosign.
attest() {
  local digest type
  for digest in $(crane manifest --insecure "$1" | jq -r '.manifests[] | select(.platform.os == "linux") | .digest'); do
    for type in spdxjson slsaprovenance1 openvex; do
      cosign attest --yes --key keys/cosign.key --tlog-upload=false --use-signing-config=false --allow-http-registry \
        --type $type --predicate vex.json "${1%:*}@$digest"
    done
  done
}
# run WAY IMAGE
run() {
  case $1 in
    docker) push "$2" ;;
    all) push "$2" '"attestation-profiles=docker,bundle,raw,in-toto",sign=keys/cosign.key' ;;
    cosign) push "$2" && attest "$2" ;;
  esac >run.log 2>&1 || { cat run.log >&2; return 1; }
}
requests() { grep -cE "(GET|HEAD|POST|PUT|PATCH|DELETE) /v2/" "$1" || true; }

printf '%-9s %-7s %9s %9s %9s\n' registry way requests "no delay" "$round_trip"
for profile in zot distribution; do
  start_registry "fake=--profile $profile"
  near=$host log=$TEST_TMPDIR/registry-$((${#registry_pids[@]} - 1)).log
  "$bin/tools/bench/delay_proxy_main" "${near##*:}" "$round_trip" "$round_trip" >proxy.log &
  registry_pids+=($!)
  far=127.0.0.1:$(listening_port $!)
  for way in docker all cosign; do
    before=$(requests "$log")
    run $way "$near/$way-requests:1"
    count=$(($(requests "$log") - before))
    seconds=()
    for address in "$near" "$far"; do
      best=''
      for i in $(seq "$runs"); do
        start=$(date +%s.%N)
        run $way "$address/$way-${#seconds[@]}-$i:1"
        best=$(awk -v start="$start" -v end="$(date +%s.%N)" -v best="$best" 'BEGIN { t = end - start; print best == "" || t < best ? t : best }')
      done
      seconds+=("$best")
    done
    printf '%-9s %-7s %9d %9.2f %9.2f\n' "$profile" "$way" "$count" "${seconds[@]}"
  done
done
