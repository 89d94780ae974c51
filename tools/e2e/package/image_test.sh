#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The image of waybill, exported by waybill: two runs give the same bytes, other programs find the image whole and its attestations from its digest, and
# dockerd runs it as the bridge of a real daemon.
# shellcheck disable=SC2154 # host, daemon, sockets are set by the functions that start them
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
need_peers buildkitd buildctl olareg oras crane docker dockerd containerd
need_buildkit
[ -e /sys/fs/cgroup/cgroup.controllers ] || [ -e /sys/fs/cgroup/devices ] || { echo "dockerd needs cgroups"; exit 77; }
export SOURCE_DATE_EPOCH=1700000000 SOURCE_COMMIT=0123456789abcdef0123456789abcdef01234567 DEBFULLNAME=waybill DEBEMAIL=maintainers@waybill.test
for run in first second; do tools/package --image "$TEST_TMPDIR/$run" "$WAYBILL" >"$TEST_TMPDIR/$run.log" || fail "$(cat "$TEST_TMPDIR/$run.log")"; done
cd "$TEST_TMPDIR"
version=$("$WAYBILL" --version | sed 's/^waybill //')
image=first/waybill-image.tar

echo "--- the same each time"
cmp $image second/waybill-image.tar
cmp first/waybill-docker.tar second/waybill-docker.tar
digest=$(tar -xOf $image index.json | jq -r '.manifests[0].digest')

echo "--- skopeo, crane and oras, at a registry"
skopeo inspect "oci-archive:$image" >inspected
[ "$(jq -r '[.Digest, .Os, .Labels["org.opencontainers.image.version"]] | join(" ")' inspected)" = "$digest linux $version" ] || fail "$(cat inspected)"
start_registry olareg
"$WAYBILL" copy --progress quiet "oci-archive:$image" "$host/waybill:$version" || fail "the push"
[ "$(crane digest "$host/waybill:$version")" = "$digest" ] || fail "another digest in the registry"
crane validate --remote "$host/waybill:$version" >validated 2>&1 || fail "$(cat validated)"
oras_at discover --platform linux/amd64 --format json "$host/waybill:$version" >discovered
jq -e '[.. | .artifactType? // empty] | any(. == "application/vnd.docker.attestation.manifest.v1+json")' discovered >/dev/null || fail "$(cat discovered)"
"$WAYBILL" verify "$host/waybill:$version" --require sbom,provenance --blobs >verified || fail "$(cat verified)"

echo "--- the SBOM names each library that the loader finds, and the commit is in the provenance"
"$WAYBILL" attestations "$host/waybill:$version" --type sbom --predicate >sbom.json
"$WAYBILL" attestations "$host/waybill:$version" --type provenance --predicate >provenance.json
[ "$(jq -r .buildDefinition.externalParameters.commit provenance.json)" = "$SOURCE_COMMIT" ] || fail "$(cat provenance.json)"
ldd "$WAYBILL" | awk '$2 == "=>" { print $3 }' | while read -r file; do
  dpkg-query --search "$(realpath "$file")" 2>/dev/null || dpkg-query --search "$(realpath "$file" | sed 's#^/usr##')"
done | sed 's/:.*//' | sort -u >libraries
[ -s libraries ] || fail "no library"
jq -r '.packages[].name' sbom.json | sort >named
[ -z "$(comm -23 libraries named)" ] || fail "not in the SBOM: $(comm -23 libraries named)"

echo "--- docker loads and runs it, as the bridge of a daemon"
dockerd --host "unix://$sockets/docker.sock" --data-root "$PWD/docker" --exec-root "$sockets/docker" --pidfile "$PWD/docker.pid" \
  --iptables=false --ip6tables=false --ip-forward=false --bridge=none >dockerd.log 2>&1 &
process_pids+=($!)
wait_for_socket "$sockets/docker.sock" dockerd.log
export DOCKER_HOST=unix://$sockets/docker.sock
docker_to() { timeout 120 docker "$@"; }
docker_answers() { docker_to version >docker.log 2>&1; }
eventually docker_answers || fail "$(cat docker.log dockerd.log)"
docker_to load --input first/waybill-docker.tar >load.log || fail "$(cat load.log)"
docker_to run --rm --network none "waybill:$version" version >said || fail "$(cat said)"
grep -qx "waybill $version" said || fail "$(cat said)"
start_daemon daemon buildkitd --group 65532
mkdir "$sockets/bridge"
chown 65532 "$sockets/bridge"
docker_to run --detach --name bridge --network host --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
  --volume "$sockets/bridge:/run/waybill" --volume "$sockets/daemon.sock:/run/buildkit/buildkitd.sock" "waybill:$version" \
  bridge --listen unix:///run/waybill/bridge.sock >container || fail "$(cat container)"
is_listening() { [ -S "$sockets/bridge/bridge.sock" ]; }
eventually is_listening || fail "$(docker_to logs bridge 2>&1)"
mkdir app
cp /usr/bin/busybox app/
printf 'FROM scratch\nCOPY busybox /bin/busybox\n' >app/Dockerfile
build "unix://$sockets/bridge/bridge.sock" app --output "type=image,name=$host/app:1,push=true" --opt attest:provenance=mode=min >build.log 2>&1 ||
  fail "$(cat build.log; docker_to logs bridge 2>&1)"
grep -q 'exporting to image (waybill)' build.log || fail "$(cat build.log)"
"$WAYBILL" verify "$host/app:1" --require provenance >verified || fail "$(cat verified)"
docker_to rm --force bridge >/dev/null
