#!/bin/bash
# The bridge between the real clients (buildctl, buildx) and real daemons, today's and one from before OCI artifacts:
# pushes with attestations, the client's files, what passes through, failures and cancels.
# shellcheck disable=SC2154 # host, daemon, bridge and their pids are set by the functions that start them
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
need_peers buildkitd buildctl buildkitd-v0.17 buildx olareg registry oras crane
need_buildkit

cd "$TEST_TMPDIR"
mkdir app scanner
cp /usr/bin/busybox app/
cp /usr/bin/busybox scanner/
cat >app/Dockerfile <<'DOCKERFILE'
FROM scratch
COPY busybox /bin/busybox
ARG VERSION
RUN --mount=type=secret,id=token ["/bin/busybox","sh","-c","echo version $VERSION >/version; /bin/busybox uname -m >/machine"]
DOCKERFILE
cat >app/docker-bake.hcl <<'BAKE'
variable "REGISTRY" { default = "" }
variable "SCANNER" { default = "" }
group "default" { targets = ["app-1", "app-2"] }
target "app" {
  matrix      = { version = ["1", "2"] }
  name        = "app-${version}"
  args        = { VERSION = version }
  platforms   = ["linux/amd64", "linux/386"]
  tags        = ["${REGISTRY}/app:${version}", "${REGISTRY}/app:${version}.0", "${REGISTRY}/copy:${version}"]
  annotations = ["index:org.opencontainers.image.title=app", "manifest:org.opencontainers.image.version=${version}"]
  attest      = ["type=provenance,mode=max", "type=sbom,generator=${SCANNER}"]
  output      = ["type=image,push=true,oci-mediatypes=true,oci-artifact=true"]
}
BAKE
cat >scanner/scan.sh <<'SCAN'
#!/bin/busybox sh
/bin/busybox cat >"$BUILDKIT_SCAN_DESTINATION/sbom.spdx.json" <<SPDX
{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://spdx.dev/Document","subject":[],"predicate":
{"spdxVersion":"SPDX-2.3","dataLicense":"CC0-1.0","SPDXID":"SPDXRef-DOCUMENT","name":"sbom","documentNamespace":"https://example.com/sbom",
"creationInfo":{"created":"2026-01-01T00:00:00Z","creators":["Tool: scan"]},"packages":[],"files":[],"relationships":[]}}
SPDX
SCAN
cat >scanner/Dockerfile <<'DOCKERFILE'
FROM scratch
COPY busybox /bin/busybox
COPY scan.sh /scan.sh
ENTRYPOINT ["/bin/busybox","sh","/scan.sh"]
DOCKERFILE

start_registry olareg
olareg=$host
start_registry distribution
distribution=$host
start_daemon new
new_daemon=$daemon
new_daemon_pid=$daemon_pid
start_daemon old buildkitd-v0.17
old_daemon=$daemon
start_bridge to-new "$new_daemon"
new_bridge=$bridge
new_bridge_pid=$bridge_pid
start_bridge to-old "$old_daemon"
old_bridge=$bridge

# What buildctl says that is worth reading, without its progress.
error_of() { grep -h '^error: ' "$1" || fail "no error in $1: $(cat "$1")"; }

# index_digests IMAGE !=|==   Of the image manifests, or of the attestation manifests.
index_digests() { crane manifest "$1" | jq -r ".manifests[] | select(.platform.os $2 \"unknown\") | .digest"; }

echo "--- a push of a bare image, and then of the same by the daemon itself: equal digests"
for pair in "$new_bridge $new_daemon $olareg" "$new_bridge $new_daemon $distribution"; do
  read -r through direct registry <<<"$pair"
  for options in "" ",annotation.a=b,compression=zstd,force-compression=true,oci-mediatypes=true"; do
    build "$through" app --output "type=image,name=$registry/bare:bridge$options,push=true" >bare.log 2>&1 || fail "$(cat bare.log)"
    build "$direct" app --output "type=image,name=$registry/bare:direct$options,push=true" >bare.log 2>&1 || fail "$(cat bare.log)"
    [ "$(crane digest "$registry/bare:bridge")" = "$(crane digest "$registry/bare:direct")" ] || fail "digests differ: $options"
  done
done

echo "--- secrets, and what is not ours: local, tar, image without push, history, disk usage"
echo hidden >token
build "$new_bridge" app --opt build-arg:VERSION=secret --secret id=token,src=token --output type=local,dest=files >local.log 2>&1 || fail "$(cat local.log)"
[ "$(cat files/version)" = "version secret" ] || fail "the local export"
build "$new_bridge" app --output type=tar,dest=files.tar >tar.log 2>&1 || fail "$(cat tar.log)"
tar -tf files.tar version >/dev/null || fail "the tar export"
build "$new_bridge" app --output type=image,name=nowhere/x >image.log 2>&1 || fail "$(cat image.log)"
equal "the record of a build" none "$(recorded_error "$new_bridge" nowhere/x)"
buildctl --addr "$new_bridge" du >du.log || fail "du"

echo "--- the client's files: the bytes that the daemon writes itself"
for pair in "$new_bridge $new_daemon" "$old_bridge $old_daemon"; do
  read -r through direct <<<"$pair"
  for type in type=oci,name=foo type=docker,name=foo/bar:1 type=oci,annotation.k=v; do
    for attest in mode=min,inline-only=true mode=max; do
      [ "$type$attest" != type=docker,name=foo/bar:1mode=max ] || continue
      # Provenance of mode max has times in it: only its presence can be compared.
      build "$through" app --opt build-arg:SOURCE_DATE_EPOCH=1700000000 --opt "attest:provenance=$attest" \
        --output "$type,dest=bridge.tar" --metadata-file bridge.json >tar.log 2>&1 || fail "$(cat tar.log)"
      build "$direct" app --opt build-arg:SOURCE_DATE_EPOCH=1700000000 --opt "attest:provenance=$attest" \
        --output "$type,dest=direct.tar" --metadata-file direct.json >tar.log 2>&1 || fail "$(cat tar.log)"
      if [ "$attest" = mode=max ]; then
        [ "$(tar -tf bridge.tar | wc -l)" = "$(tar -tf direct.tar | wc -l)" ] || fail "archives differ: $type $attest"
      else
        cmp bridge.tar direct.tar || fail "archives differ: $type $attest"
        diff <(jq -S 'del(."waybill.results")' bridge.json) <(jq -S . direct.json) || fail "answers differ: $type"
      fi
    done
  done
done

echo "--- progress: a row for each blob with its bytes, under a verb that fits"
for through in "$new_bridge" "$old_bridge"; do
  for rows in "type=oci,dest=rows.tar=sending sha256:" "type=image,name=$olareg/rows:1,push=true=pushing sha256:"; do
    build "$through" app --progress rawjson --output "${rows%=*}" >rows.log 2>&1 || fail "$(cat rows.log)"
    jq -Rs --arg row "${rows##*=}" '[split("\n")[] | fromjson? | .statuses[]? | select(.id | startswith($row))] |
      group_by(.id) | map(last) | length >= 3 and all(.total > 0 and .current == .total and .completed != null)' rows.log |
      grep -qx true || fail "the rows of ${rows%=*}: $(cat rows.log)"
  done
done
build "$new_bridge" app --output type=oci,dest=rows.tar >rows.log 2>&1 || fail "$(cat rows.log)"
grep -qE '^#[0-9]+ sending sha256:[0-9a-f]{64} .*B / .*B .*done$' rows.log || fail "the plain rows: $(cat rows.log)"

echo "--- several exporters in one build, each with its own result"
for through in "$new_bridge" "$old_bridge"; do
  rm -rf layout several.tar
  build "$through" app --opt attest:provenance=mode=min,inline-only=true \
    --output "type=image,name=$olareg/several:gzip,push=true" --output type=oci,tar=false,dest=layout \
    --output type=oci,dest=several.tar,name=several \
    --output "type=image,name=$olareg/several:zstd,push=true,compression=zstd,force-compression=true" \
    --output type=local,dest=files --metadata-file several.json >several.log 2>&1 || fail "$(cat several.log)"
  for exporter in 0:gzip 3:zstd; do
    digest=$(jq -r ".\"waybill.results\".\"${exporter%:*}\".\"containerimage.digest\"" several.json)
    [ "$digest" = "$(crane digest "$olareg/several:${exporter#*:}")" ] || fail "the result of exporter $exporter"
  done
  for compression in gzip zstd; do
    image=$(index_digests "$olareg/several:$compression" '!=')
    layer=$(crane manifest "$olareg/several@$image" | jq -r '.layers[-1].mediaType')
    case $layer in *"$compression") ;; *) fail "several:$compression has $layer" ;; esac
  done
  for image in $(index_digests "$olareg/several:gzip" '!='); do
    crane validate --remote "$olareg/several@$image" >/dev/null || fail "several:gzip"
  done
  skopeo inspect --raw oci:layout >/dev/null || fail "the client's layout"
  tar -xOf several.tar index.json | jq -e '.manifests | length == 1' >/dev/null || fail "the archive"
done

echo "--- bake: two targets, two platforms, three tags, provenance and SBOM, on both registries, both daemons"
build "$new_bridge" scanner --output "type=image,name=$olareg/scanner:1,push=true" >scanner.log 2>&1 || fail "$(cat scanner.log)"
export BUILDX_CONFIG=$TEST_TMPDIR/buildx SCANNER=$olareg/scanner:1
buildx create --name new --driver remote "$new_bridge" >/dev/null
buildx create --name old --driver remote "$old_bridge" >/dev/null
for builder in new old; do
  for registry in "$olareg" "$distribution"; do
    (cd app && REGISTRY=$registry timeout 300 buildx --builder "$builder" bake --progress plain \
      --metadata-file ../bake.json) >bake.log 2>&1 || fail "$(cat bake.log)"
    for version in 1 2; do
      digest=$(crane digest "$registry/app:$version")
      [ "$digest" = "$(jq -r ".\"app-$version\".\"containerimage.digest\"" bake.json)" ] || fail "the metadata file"
      [ "$digest" = "$(crane digest "$registry/app:$version.0")" ] || fail "the second tag"
      [ "$digest" = "$(crane digest "$registry/copy:$version")" ] || fail "the second repository"
      crane manifest "$registry/app:$version" |
        jq -e '.annotations."org.opencontainers.image.title" == "app"' >/dev/null || fail "annotations"
      [ "$(index_digests "$registry/app:$version" '!=' | wc -l)" = 2 ] || fail "platforms"
      [ "$(index_digests "$registry/app:$version" '==' | wc -l)" = 2 ] || fail "attestations in the index"
      for platform in $(index_digests "$registry/app:$version" '!='); do
        case $registry in "$olareg") spec=v1.1-referrers-api ;; *) spec=v1.1-referrers-tag ;; esac
        oras discover --plain-http --distribution-spec "$spec" --format json "$registry/app@$platform" >discover.json
        jq -e '[.referrers[].artifactType] | unique == ["application/vnd.docker.attestation.manifest.v1+json"]' \
          discover.json >/dev/null || fail "oras discover on $registry: $(cat discover.json)"
      done
    done
  done
done
grep -q 'exporting to image (waybill)' bake.log || fail "the exporter's row has not waybill's name"

echo "--- the same bake without attestations, and by the daemon itself: equal digests of all tags"
buildx create --name direct --driver remote "$new_daemon" >/dev/null
for pair in "new $olareg" "direct $distribution"; do
  read -r builder registry <<<"$pair"
  (cd app && REGISTRY=$registry timeout 300 buildx --builder "$builder" bake --progress plain --provenance=false --sbom=false) \
    >bake.log 2>&1 || fail "$(cat bake.log)"
done
for image in app:1 app:1.0 copy:1 app:2 app:2.0 copy:2; do
  [ -z "$(index_digests "$olareg/$image" '==')" ] || fail "attestations of $image"
  equal "$image" "$(crane digest "$distribution/$image")" "$(crane digest "$olareg/$image")"
done

echo "--- attestations as referrers only: the index is the one that the daemon pushes without attestations"
for pair in "$new_bridge $new_daemon" "$old_bridge $old_daemon"; do
  read -r through direct <<<"$pair"
  output=type=image,push=true,oci-mediatypes=true,name=$olareg/apart
  build "$through" app --opt platform=linux/amd64,linux/386 --opt attest:provenance=mode=max \
    --output "$output:bridge,attestation-placement=referrer" >apart.log 2>&1 || fail "$(cat apart.log)"
  build "$direct" app --opt platform=linux/amd64,linux/386 --output "$output:direct" >apart.log 2>&1 || fail "$(cat apart.log)"
  [ "$(crane digest "$olareg/apart:bridge")" = "$(crane digest "$olareg/apart:direct")" ] || fail "the index of images alone"
  for image in $(index_digests "$olareg/apart:bridge" '!='); do
    [ "$(oras discover --plain-http --format json "$olareg/apart@$image" | jq '.referrers | length')" = 1 ] || fail "the referrer of $image"
  done
done

echo "--- a registry that refuses attestations: the answer names what it got instead, name by name where another got more"
start_registry "fake=--profile aliyun"
for refused in legacy skip; do
  for names in "$host/refused:$refused" "$host/refused:$refused,$olareg/refused:$refused"; do
    build "$new_bridge" app --opt attest:provenance=mode=max --output \
      "type=image,push=true,oci-artifact=true,attestation-refused=$refused,\"name=$names\"" --metadata-file refused.json >refused.log 2>&1 || fail "$(cat refused.log)"
    for name in ${names//,/ }; do
      jq -e --arg name "$name" --arg digest "$(crane digest "$name")" \
        '."waybill.results"."0"."waybill.pushed"[$name]."containerimage.digest" == $digest' refused.json >/dev/null || fail "what $name got: $(cat refused.json)"
    done
  done
  build "$new_bridge" app --opt attest:provenance=mode=max --output \
    "type=image,push=true,oci-artifact=true,attestation-refused=$refused,name=$host/refused:$refused" --metadata-file refused.json >refused.log 2>&1 || fail "$(cat refused.log)"
  equal "attestation-refused=$refused" "$(crane digest "$host/refused:$refused")" "$(jq -r '."containerimage.digest"' refused.json)"
done

echo "--- verify=true: nothing is tagged where nobody can list the attestations"
start_registry "fake=--profile gitlab"
unlisted=0
build "$new_bridge" app --opt attest:provenance=mode=max --output \
  "type=image,push=true,oci-artifact=true,verify=true,name=$host/unlisted:1" >unlisted.log 2>&1 || unlisted=1
[ $unlisted = 1 ] && grep -q "no tag was moved (verify=true): discovery-referrers" unlisted.log || fail "$(cat unlisted.log)"
! crane digest "$host/unlisted:1" >/dev/null 2>&1 || fail "the tag is there"
build "$new_bridge" app --opt attest:provenance=mode=max --output \
  "type=image,push=true,oci-artifact=true,verify=true,name=$olareg/verified:1" >verified.log 2>&1 || fail "$(cat verified.log)"
crane digest "$olareg/verified:1" >/dev/null

echo "--- attestations as artifacts in the client's own directory, also from the daemon that does not know them"
for through in "$new_bridge" "$old_bridge"; do
  rm -rf artifacts
  build "$through" app --opt attest:provenance=mode=max --output type=oci,tar=false,oci-artifact=true,dest=artifacts >artifacts.log 2>&1 || fail "$(cat artifacts.log)"
  root=$(jq -r '.manifests[0].digest' artifacts/index.json)
  attestation=$(jq -r '.manifests[] | select(.platform.os == "unknown") | .digest' "artifacts/blobs/${root/://}")
  equal artifactType application/vnd.docker.attestation.manifest.v1+json "$(jq -r .artifactType "artifacts/blobs/${attestation/://}")"
done

echo "--- failures: the client's error names the push; long errors arrive whole; bad options fail at once"
for through in "$new_bridge" "$old_bridge"; do
  ! build "$through" app --output type=image,name=127.0.0.1:1/x,push=true >refused.log 2>&1 || fail "a push to nobody"
  error_of refused.log | grep -q 'failed to solve: failed to push 127.0.0.1:1/x: ' || fail "$(error_of refused.log)"
done
! build "$new_bridge" app --output type=image,name=x,push=maybe >bad.log 2>&1 || fail "push=maybe"
error_of bad.log | grep -q '^error: failed to solve: non-bool value specified for push: ' || fail "$(error_of bad.log)"
mkdir long
cp /usr/bin/busybox long/
{
  printf 'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox","sh","-c","exit 3'
  head -c 20000 /dev/zero | tr '\0' ' '
  printf '"]\n'
} >long/Dockerfile
! build "$new_bridge" long >long.log 2>&1 || fail "a build that fails"
grep -q 'exit code: 3' long.log || fail "an error above 8 KiB: $(tail -c 500 long.log)"

echo "--- parallel builds, cancels and killed clients: the bridge goes on and keeps nothing"
build "$new_bridge" app >/dev/null 2>&1
files_before=$(open_files "$new_bridge_pid")
for round in 1 2 3; do
  pids=()
  for i in 1 2 3 4 5 6; do
    build "$new_bridge" app --opt "build-arg:VERSION=$round-$i" --output "type=image,name=$olareg/parallel:$i,push=true" >"parallel-$i.log" 2>&1 &
    pids+=($!)
  done
  for i in 1 2 3 4 5 6; do wait "${pids[i - 1]}" || fail "$(cat "parallel-$i.log")"; done
done
for i in $(seq 20); do
  signal=$([ $((i % 2)) = 0 ] && echo INT || echo KILL)
  (timeout -s "$signal" "0.$((RANDOM % 40 + 10))" buildctl --addr "$new_bridge" build --frontend dockerfile.v0 --local context=app \
    --local dockerfile=app --no-cache --output "type=image,name=$olareg/cancelled:$i,push=true" || true) >/dev/null 2>&1
done
for i in $(seq 20); do
  crane digest "$olareg/cancelled:$i" >/dev/null 2>&1 || continue
  crane validate --remote "$olareg/cancelled:$i" >/dev/null || fail "a torn image cancelled:$i"
done
build "$new_bridge" app >/dev/null 2>&1 || fail "the bridge after cancels"
few_files() { [ "$(open_files "$new_bridge_pid")" -le $((files_before + 2)) ]; }
eventually few_files || fail "descriptors: $files_before before, $(open_files "$new_bridge_pid") after"

echo "--- the daemon is killed under a build, and comes back"
# Without RUN: a container would outlive its daemon.
mkdir big
head -c 150000000 /dev/urandom >big/random
printf 'FROM scratch\nCOPY random /random\n' >big/Dockerfile
build "$new_bridge" big --output "type=image,name=$olareg/gone:1,push=true" >gone.log 2>&1 &
client=$!
eventually grep -q 'exporting layers' gone.log || fail "$(cat gone.log)"
kill -KILL "$new_daemon_pid"
! wait "$client" || fail "a build without a daemon"
error_of gone.log | grep -q Unavailable || fail "$(error_of gone.log)"
start_daemon new
# The bridge looks for the daemon again every 200 ms.
build_again() { build "$new_bridge" big --output "type=image,name=$olareg/gone:1,push=true" >gone.log 2>&1; }
eventually build_again || fail "no build after the daemon came back: $(cat gone.log)"
crane validate --remote "$olareg/gone:1" >/dev/null || fail "gone:1: $(cat gone.log)"
