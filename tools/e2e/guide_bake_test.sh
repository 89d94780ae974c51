#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# docs/guide-bake.md as its reader runs it, block by block, with this machine's registry, daemon and scanner in the place
# of those that the page names; then the CI recipes of docs/deploy for the page's bake file.
# shellcheck disable=SC2154,SC2034 # set by the functions that start things, and by the page
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
need_peers buildkitd buildctl buildx registry oras
need_buildkit

guide=$PWD/docs/guide-bake.md recipes=$PWD/docs/deploy
# blocks LANGUAGE   Of the page, one after the other.
blocks() { awk -v fence="\`\`\`$1" '$0 == fence { inside = 1; next } /^```/ { inside = 0 } inside' "$guide"; }

cd "$TEST_TMPDIR"
mkdir bin scanner
ln -s "$WAYBILL" bin/waybill
PATH=$PWD/bin:$PATH
cp /usr/bin/busybox scanner/
cat >scanner/scan.sh <<'SCAN'
#!/bin/busybox sh
/bin/busybox cat >"$BUILDKIT_SCAN_DESTINATION/sbom.spdx.json" <<SPDX
{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://spdx.dev/Document","subject":[],"predicate":
{"spdxVersion":"SPDX-2.3","dataLicense":"CC0-1.0","SPDXID":"SPDXRef-DOCUMENT","name":"sbom","documentNamespace":"https://example.com/sbom",
"creationInfo":{"created":"2026-01-01T00:00:00Z","creators":["Tool: scan"]},"packages":[],"files":[],"relationships":[]}}
SPDX
SCAN
printf 'FROM scratch\nCOPY busybox /bin/busybox\nCOPY scan.sh /scan.sh\nENTRYPOINT ["/bin/busybox","sh","/scan.sh"]\n' >scanner/Dockerfile
printf 'FROM scratch\nARG VERSION\nCOPY scanner/busybox /bin/busybox\nLABEL version=$VERSION\n' >Dockerfile
blocks hcl >docker-bake.hcl

start_registry distribution
start_daemon daemon
build "$daemon" scanner --output "type=image,name=$host/scanner:1,push=true" >scanner.log 2>&1 || fail "$(cat scanner.log)"
export REGISTRY=$host SCANNER=$host/scanner:1 BUILDX_CONFIG=$TEST_TMPDIR/buildx
bridge_pid=

# Docker's command hands over to buildx; the first time the bridge of the page has just been started.
docker() {
  [ "$1" = buildx ] || fail "the page has docker $1"
  if [ -z "$bridge_pid" ]; then
    bridge_pid=$!
    process_pids+=("$bridge_pid")
    wait_for_socket "$sockets/bridge.sock" bridge.log
  fi
  timeout 300 buildx "${@:2}"
}
oras() {
  case $1 in
    discover) command oras "$1" --plain-http "${@:2}" ;;
    *) command oras "$1" "$2" --plain-http "${@:3}" ;;
  esac
}

blocks sh | sed -e "s#unix:///run/waybill-bridge.sock#unix://$sockets/bridge.sock#" -e "s#unix:///run/buildkit/buildkitd.sock#$daemon#" \
  -e 's#^\(waybill bridge.*\)&$#\1 2>bridge.log \&#' >blocks
[ "$(grep -c '^docker buildx' blocks)" -ge 6 ] || fail "the page's blocks: $(cat blocks)"
exec 3>&1
trap 'cat blocks.log >&3' ERR
# shellcheck disable=SC1091
. ./blocks >blocks.log 2>&1
trap - ERR

grep -q 'exporting to image (waybill)' blocks.log || fail "$(cat blocks.log)"
grep -q 'application/vnd.docker.attestation.manifest.v1+json' blocks.log || fail "oras discover: $(cat blocks.log)"
jq -e 'keys == ["linux/amd64", "linux/arm64"]' provenance.json >/dev/null || fail "provenance: $(cat provenance.json)"
jq -e '[.[].SPDX.SPDXID] | unique == ["SPDXRef-DOCUMENT"]' sbom.json >/dev/null || fail "SBOM: $(cat sbom.json)"
jq -e --arg hex "${image#sha256:}" '.subject[0].digest.sha256 == $hex' sbom.intoto.json >/dev/null || fail "the statement: $(cat sbom.intoto.json)"
[ "$(command oras repo tags --plain-http "$REGISTRY/postgresql" | grep -c '^sha256-')" = 4 ] || fail "fallback tags"

# commands RECIPE   The shell of a recipe, but for the login that it has before.
commands() {
  /usr/bin/python3 - "$1" <<'PYTHON'
import sys, yaml
recipe = yaml.safe_load(open(sys.argv[1]))
job = recipe["jobs"]["images"] if "jobs" in recipe else recipe["images"]
steps = [step.get("run") for step in job["steps"]] if "steps" in job else job["before_script"] + job["script"]
print(*[step for step in steps if step and "docker login" not in step], sep="\n")
PYTHON
}
for recipe in github-actions gitlab-ci; do
  commands "$recipes/$recipe.yml" | sed "s#unix:///run/waybill-bridge/bridge.sock#unix://$sockets/bridge.sock#" >"$recipe.sh"
  grep -q "$sockets/bridge.sock" "$recipe.sh" || fail "$recipe: $(cat "$recipe.sh")"
  rm metadata.json
  # shellcheck disable=SC1090
  (export BUILDX_CONFIG=$TEST_TMPDIR/$recipe && set -e && . "./$recipe.sh") >"$recipe.log" 2>&1 || fail "$recipe: $(cat "$recipe.log")"
  [ "$(grep -c ': images 2, .*faults 0$' "$recipe.log")" = 2 ] || fail "$recipe: $(cat "$recipe.log")"
done
