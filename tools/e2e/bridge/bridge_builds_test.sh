#!/bin/bash
# Builds of all kinds through the bridge: one that is silent for long, one with a large context, ten at a time, linked
# targets, every form of attestation, builds that are interrupted, and their records and caches afterwards.
# shellcheck disable=SC2154 # host, daemon, bridge are set by the functions that start them
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
need_peers buildkitd buildctl buildx olareg registry crane
need_buildkit

cd "$TEST_TMPDIR"
start_registry olareg
olareg=$host
mkdir app
cp /usr/bin/busybox app/
cat >app/Dockerfile <<'DOCKERFILE'
FROM scratch AS base
COPY busybox /bin/busybox
FROM base AS app
ARG VERSION
RUN ["/bin/busybox","sh","-c","echo version $VERSION >/version"]
FROM base AS long
RUN ["/bin/busybox","sleep","22"]
RUN --mount=type=secret,id=token ["/bin/busybox","cp","/run/secrets/token","/version"]
FROM base AS endless
ARG SECONDS
RUN ["/bin/busybox","sh","-c","exec /bin/busybox sleep $SECONDS"]
FROM base AS context
RUN --mount=type=bind,target=/context ["/bin/busybox","sh","-c","/bin/busybox md5sum </context/random >/version"]
DOCKERFILE
# version_in IMAGE   What its build wrote.
version_in() { crane export "$1" - | tar -xO version; }

echo "--- 22 seconds without a word, while the daemon asks every 5 seconds whether the client is well (runs beside the rest)"
echo hidden >token
start_daemon asking buildkitd --trace
start_bridge to-asking "$daemon"
build "$bridge" app --opt target=long --secret id=token,src=token --output "type=image,name=$olareg/long:1,push=true" >long.log 2>&1 &
long_client=$!
process_pids+=("$long_client")

start_daemon daemon
start_bridge bridge "$daemon"
export BUILDX_CONFIG=$TEST_TMPDIR/buildx
buildx create --name bridge --driver remote "$bridge" >/dev/null
buildx create --name direct --driver remote "$daemon" >/dev/null
# on BUILDER VERB [OPTION]...
on() { local builder=$1; shift; timeout 120 buildx --builder "$builder" "$@"; }

echo "--- a context of 500 MB"
mkdir large
cp app/busybox app/Dockerfile large/
head -c 500000000 /dev/urandom >large/random
build "$bridge" large --opt target=context --output type=local,dest=files >large.log 2>&1 || fail "$(cat large.log)"
[ "$(cat files/version)" = "$(md5sum <large/random)" ] || fail "another context than the client's"
rm -r large

echo "--- --push and type=registry; attestations in the form that the daemon gives them"
on bridge build --target app --push -t "$olareg/form:push" app >push.log 2>&1 || fail "$(cat push.log)"
on bridge build --target app -o "type=registry,name=$olareg/form:registry" app >push.log 2>&1 || fail "$(cat push.log)"
on direct build --target app -o "type=registry,name=$olareg/form:direct" app >push.log 2>&1 || fail "$(cat push.log)"
# images IMAGE   The digests of an index's images. form IMAGE   What its attestation manifest is.
images() { crane manifest "$1" | jq -r '.manifests[] | select(.platform.os != "unknown") | .digest'; }
form() {
  local manifest
  manifest=$(crane manifest "$1" | jq -r '.manifests[] | select(.platform.os == "unknown") | .digest')
  crane manifest "${1%:*}@$manifest" | jq -c '[.mediaType, .artifactType, .config.mediaType, .subject.digest, .layers[].mediaType]'
}
for tag in push registry; do
  [ "$(images "$olareg/form:$tag")" = "$(images "$olareg/form:direct")" ] || fail "another image: $tag"
  [ "$(form "$olareg/form:$tag")" = "$(form "$olareg/form:direct")" ] || fail "another form: $(form "$olareg/form:$tag")"
done
for artifact in true false; do
  for builder in bridge direct; do
    on "$builder" build --target app --provenance mode=max \
      -o "type=image,name=$olareg/form:$builder-$artifact,push=true,oci-artifact=$artifact" app >push.log 2>&1 || fail "$(cat push.log)"
  done
  [ "$(form "$olareg/form:bridge-$artifact")" = "$(form "$olareg/form:direct-$artifact")" ] || fail "another form: $(form "$olareg/form:bridge-$artifact")"
done
[ "$(form "$olareg/form:bridge-true")" != "$(form "$olareg/form:bridge-false")" ] || fail "oci-artifact changes nothing"

echo "--- bake: three targets of two tags and two platforms, one of which starts from another"
cat >app/docker-bake.hcl <<'BAKE'
variable "REGISTRY" { default = "" }
group "default" { targets = ["first", "second", "linked"] }
target "common" {
  platforms = ["linux/amd64", "linux/386"]
  output    = ["type=image,push=true"]
}
target "first" {
  inherits = ["common"]
  target   = "app"
  args     = { VERSION = "first" }
  tags     = ["${REGISTRY}/first:1", "${REGISTRY}/first:2"]
}
target "second" {
  inherits = ["common"]
  target   = "app"
  args     = { VERSION = "second" }
  tags     = ["${REGISTRY}/second:1", "${REGISTRY}/second:2"]
}
target "linked" {
  inherits          = ["common"]
  contexts          = { origin = "target:first" }
  dockerfile-inline = "FROM origin\nLABEL linked=yes"
  tags              = ["${REGISTRY}/linked:1", "${REGISTRY}/linked:2"]
}
BAKE
(cd app && REGISTRY=$olareg on bridge bake --progress plain --metadata-file ../bake.json) >bake.log 2>&1 || fail "$(cat bake.log)"
for target in first second linked; do
  for tag in 1 2; do
    [ "$(crane digest "$olareg/$target:$tag")" = "$(jq -r ".\"$target\".\"containerimage.digest\"" bake.json)" ] || fail "the digest of $target:$tag"
  done
  [ "$(images "$olareg/$target:1" | wc -l)" = 2 ] || fail "the platforms of $target"
  for image in $(images "$olareg/$target:1"); do
    crane validate --remote "$olareg/$target@$image" >/dev/null || fail "$target@$image"
    expected=$target
    [ "$target" != linked ] || expected=first
    [ "$(version_in "$olareg/$target@$image")" = "version $expected" ] || fail "what is in $target"
    [ "$target" != linked ] || [ "$(crane config "$olareg/$target@$image" | jq -r .config.Labels.linked)" = yes ] || fail "the label"
  done
done

echo "--- ten builds at a time without a cache, each with its own image"
pids=()
for i in $(seq 10); do
  build "$bridge" app --no-cache --opt target=app --opt "build-arg:VERSION=$i" --output "type=image,name=$olareg/parallel:$i,push=true" >"parallel-$i.log" 2>&1 &
  pids+=($!)
done
for i in $(seq 10); do wait "${pids[i - 1]}" || fail "$(cat "parallel-$i.log")"; done
for i in $(seq 10); do
  crane validate --remote "$olareg/parallel:$i" >/dev/null || fail "parallel:$i"
  [ "$(version_in "$olareg/parallel:$i")" = "version $i" ] || fail "what is in parallel:$i"
done

# interrupt PID LOG   Ctrl-C, after which the client ends soon and says why.
interrupt() {
  kill -INT "$1"
  timeout 60 tail --pid="$1" -f /dev/null || fail "the client goes on after Ctrl-C: $(cat "$2")"
  ! wait "$1" || fail "an interrupted build has succeeded: $(cat "$2")"
  grep -qi 'cancell\?ed' "$2" || fail "the client does not say that it was interrupted: $(cat "$2")"
}

echo "--- Ctrl-C during RUN: the step ends"
# Nobody else sleeps for so long. The brackets keep grep from finding its own command line.
seconds=$((1000000 + $$))
sleeps() {
  # Processes come and go while grep reads: its exit code says nothing.
  grep -lzx "[1]${seconds#1}" /proc/[0-9]*/cmdline >sleeping.log 2>/dev/null || true
  [ -s sleeping.log ]
}
# A script's background processes ignore SIGINT unless told otherwise.
env --default-signal=INT buildx --builder bridge build --progress plain --target endless --build-arg "SECONDS=$seconds" \
  -o "type=image,name=$olareg/interrupted:run,push=true" app >run.log 2>&1 &
client=$!
process_pids+=("$client")
eventually sleeps || fail "the step does not start: $(cat run.log)"
interrupt "$client" run.log
awake() { ! sleeps; }
eventually awake || fail "the step goes on after Ctrl-C"

echo "--- Ctrl-C during the push: it ends there, and leaves no image"
start_registry distribution
frozen=$host
frozen_pid=${registry_pids[-1]}
kill -STOP "$frozen_pid"
env --default-signal=INT buildx --builder bridge build --progress plain --target app \
  -o "type=image,name=$frozen/interrupted:push,push=true" app >pushing.log 2>&1 &
client=$!
process_pids+=("$client")
connected() { ss -Htnp state established "dst $frozen" | grep "pid=$bridge_pid," >connections.log; }
eventually connected || fail "no push: $(cat pushing.log)"
interrupt "$client" pushing.log
unconnected() { ! connected; }
eventually unconnected || fail "the push goes on after Ctrl-C"
kill -CONT "$frozen_pid"
crane ls "$frozen/interrupted" >tags.log 2>&1 && [ -s tags.log ] && fail "an image is left: $(cat tags.log)"
on bridge build --target app -o "type=image,name=$frozen/interrupted:again,push=true" app >again.log 2>&1 || fail "$(cat again.log)"

echo "--- what the daemon keeps about a build: its record with attachments, its disk usage"
on bridge build --target app --provenance mode=max --build-arg VERSION=recorded -o "type=image,name=$olareg/recorded:1,push=true" \
  --metadata-file recorded.json app >recorded.log 2>&1 || fail "$(cat recorded.log)"
ref=$(jq -r '."buildx.build.ref"' recorded.json)
ref=${ref##*/}
for builder in bridge direct; do
  on "$builder" history export --finalize -o "$builder.dockerbuild" "$ref" >export.log 2>&1 || fail "$(cat export.log)"
  on "$builder" history inspect attachment --type provenance "$ref" >"$builder.provenance" 2>attachment.log || fail "$(cat attachment.log)"
done
# exported FILE   The attachments of an exported record, and the record, without what buildx itself remembers of its builds.
exported() {
  local blobs=$1.d/blobs manifest
  mkdir "$1.d"
  tar -xzf "$1" -C "$1.d"
  manifest=$blobs/$(jq -r '.manifests[0].digest | sub(":"; "/")' "$1.d/index.json")
  jq -S .layers "$manifest"
  jq -S 'del(.localState)' "$blobs/$(jq -r '.config.digest | sub(":"; "/")' "$manifest")"
}
exported bridge.dockerbuild >bridge.record
exported direct.dockerbuild >direct.record
jq -es '.[1].FrontendAttrs."build-arg:VERSION" == "recorded" and (.[0] | length > 1)' direct.record >/dev/null || fail "$(cat direct.record)"
diff bridge.record direct.record || fail "another export of the record"
jq -e '.. | strings | select(. == "recorded")' direct.provenance >/dev/null || fail "no provenance: $(cat direct.provenance)"
cmp bridge.provenance direct.provenance || fail "another attachment"
# The daemon is done with a build a moment after its end.
same_usage() {
  buildctl --addr "$bridge" du --format json | jq -S . >bridge.du
  buildctl --addr "$daemon" du --format json | jq -S . >direct.du
  cmp -s bridge.du direct.du
}
eventually same_usage || fail "another disk usage: $(diff bridge.du direct.du)"
[ "$(jq length direct.du)" -gt 1 ] || fail "no disk usage: $(cat direct.du)"

echo "--- the silent build has come to its end, and its session was alive to the last"
wait "$long_client" || fail "$(cat long.log)"
[ "$(version_in "$olareg/long:1")" = hidden ] || fail "the secret after 22 seconds"
checks=$(grep -c 'healthcheck completed' asking.log) || true
[ "$checks" -ge 3 ] || fail "the daemon has asked $checks times"
! grep 'healthcheck failed' asking.log || fail "the client did not answer"
