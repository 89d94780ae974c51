#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# verify=true: a push is read back before its tags move, on real registries and on one that loses what it was sent.
# shellcheck disable=SC2154 # host is set by start_registry
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
need_peers olareg registry crane referrers-registry
cp -rL testdata/sample "$TEST_TMPDIR/sample"
cd "$TEST_TMPDIR"
# push IMAGE [ATTRIBUTE]...
push() {
  local image=$1
  shift
  "$WAYBILL" export --progress plain --result sample --output "$(IFS=,; echo "type=registry,\"name=$image\",$*")"
}

for kind in olareg distribution crane crane-referrers fake; do
  echo "# $kind"
  start_registry "$kind"
  for form in true false; do
    for placement in both index referrer; do
      [ "$form $placement" != "false referrer" ] || continue
      check "oci-artifact=$form, $placement" push "$host/app:$form-$placement" oci-artifact=$form attestation-placement=$placement verify=true
      check "the tag" crane digest --insecure "$host/app:$form-$placement"
    done
  done
  check "again" push "$host/app:true-both" oci-artifact=true verify=true
  check "without fallback tags" push "$host/never:1" oci-artifact=true referrers-fallback=never verify=true
done

echo "# a registry where nobody can list the attestations"
start_registry "fake=--profile gitlab"
equal "exit code" 2 "$(exit_code push "$host/app:1" oci-artifact=true verify=true)"
says "no tag was moved (verify=true): discovery-referrers: attestation manifest sha256:"
equal "no tag" 1 "$(exit_code crane digest --insecure "$host/app:1")"
check "the other form is found in the index" push "$host/app:1" oci-artifact=false verify=true

equal "a layout is not pushed" 1 "$(exit_code "$WAYBILL" export --result sample -o type=oci,dest=x.tar,verify=true)"
says 'exporter option "verify" has no meaning for type oci'
