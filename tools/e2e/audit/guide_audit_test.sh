#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# docs/guide-audit.md as its reader runs it, block by block, with the registry of this test in place of 127.0.0.1:5000.
# shellcheck disable=SC2154 # host is set by start_registry
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh

guide=$PWD/docs/guide-audit.md
# blocks LANGUAGE   Of the page, one after the other.
blocks() { awk -v fence="\`\`\`$1" '$0 == fence { inside = 1; next } /^```/ { inside = 0 } inside' "$guide"; }

mkdir -p "$TEST_TMPDIR/testdata" "$TEST_TMPDIR/bin"
# A result has no symbolic links; the files of a test are some.
cp -rL testdata/sample "$TEST_TMPDIR/testdata/sample"
ln -s "$WAYBILL" "$TEST_TMPDIR/bin/waybill"
cd "$TEST_TMPDIR"
PATH=$PWD/bin:$PATH
start_registry fake
blocks sh | sed "s#127.0.0.1:5000#$host#g" >blocks
equal "the page has its blocks" yes "$([ "$(grep -c '^waybill' blocks)" -ge 9 ] && echo yes)"
check "every block runs" bash -euo pipefail blocks
equal "the SBOM is one of arm64" SPDX-2.3 "$(jq -r .spdxVersion sbom.spdx.json)"
equal "a file for each attestation" 4 "$(find attestations -type f | wc -l)"
equal "verified" true "$(jq .verified verify.json)"
waybill verify "$host/old:1" --all-platforms --discovery index --json >verify-old.json
equal "converted, and back" "$(jq -r .to convert.json)" "$(jq -r .root verify-old.json)"
equal "into a layout" 1 "$(jq '.manifests | length' converted/index.json)"
equal "a VEX document for each platform" "linux/amd64 linux/arm64" \
  "$(waybill attestations "$host/app:1" --type vex --json | jq -r '.[].about.platform' | sort -u | xargs)"
equal "promoted with its digest" "$(waybill inspect "$host/app:1" --json | jq -r .root)" "$(waybill inspect "$host/inside/app:1" --json | jq -r .root)"
equal "a joined image of both platforms" 2 "$(waybill inspect "$host/app:joined" --json | jq '[.objects[] | select(.kind == "image")] | length')"
