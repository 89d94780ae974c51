#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Registries as they are found in the wild: behind proxies that hide them, slow, strange, or none at all. What crane and
# oras refuse or pull, waybill refuses or pulls.
# shellcheck disable=SC2154  # host comes from registries.sh
set -euo pipefail
source tools/e2e/registries.sh
need_peers crane oras
# Bundles have no symbolic links; the files of a test are some.
cp -rL testdata/sample "$TEST_TMPDIR/sample"
log=$TEST_TMPDIR/waybill.log

# push [OPTION]...   To app:1 of the registry that was started last.
push() { "$WAYBILL" export --progress plain --result "$TEST_TMPDIR/sample" --output "type=registry,name=$host/app:1" "$@" 2>"$log"; }
# pull IMAGE FILE
pull() { "$WAYBILL" export --progress plain --from "docker://$1" --output "type=oci,dest=$2" 2>"$log"; }
probe() { "$WAYBILL" registry probe "$host/app" >"$TEST_TMPDIR/probe.txt" 2>"$log"; }
refused() { ! "$@"; }
says() { check "it says: $1" grep -qF -- "$1" "$log"; }
# within SECONDS COMMAND...   Succeeds when the command ends in time, whatever it says.
within() {
  local start=$SECONDS limit=$1
  shift
  "$@" || true
  [ $((SECONDS - start)) -le "$limit" ]
}

start_registry "fake=--profile web-page"
echo "# a web page"
check "a push is refused" refused push
says "a web page answered, which is no registry"
check "a pull is refused" refused pull "$host/app:1" "$TEST_TMPDIR/page.tar"
check "crane refuses the page too" refused crane pull "$host/app:1" "$TEST_TMPDIR/crane.tar"

start_registry "fake=--profile proxied"
echo "# a registry behind a bad proxy"
check "a push works" push
check "a pull works" pull "$host/app:1" "$TEST_TMPDIR/proxied.tar"
check "crane reads the image too" crane manifest "$host/app:1"

start_registry "fake=--profile harbor-immutable"
echo "# tags that may not be changed"
check "a push works" push
check "and once more" push

start_registry "fake=--fault delay=1h"
mirror=$host
start_registry fake
echo "# a mirror that hangs"
check "a push to the origin works" push
printf '[registry."%s"]\nmirrors = ["%s"]\n' "$host" "$mirror" >"$TEST_TMPDIR/mirrors.toml"
export WAYBILL_CONFIG=$TEST_TMPDIR/mirrors.toml
check "a pull takes seconds" within 30 pull "$host/app:1" "$TEST_TMPDIR/mirrored.tar"
check "and has the image" test -s "$TEST_TMPDIR/mirrored.tar"
says "mirror $mirror/app is passed over"
unset WAYBILL_CONFIG

echo "# a host that is not there"
stop_registry
check "a push fails at once" within 5 push
says "exporting type=image"
check "so does a probe" within 5 probe
equal "which prints no findings" "" "$(cat "$TEST_TMPDIR/probe.txt")"
equal "and one line" 1 "$(wc -l <"$log")"
