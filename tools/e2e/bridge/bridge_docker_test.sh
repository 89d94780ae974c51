#!/bin/bash
# `docker buildx build --load` through the bridge: a real dockerd takes the image, knows it by the same id as the daemon's
# own, runs it and gives it away again.
# shellcheck disable=SC2154 # host, daemon, bridge are set by the functions that start them
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
need_peers buildkitd buildctl buildx docker dockerd containerd
need_buildkit
[ -e /sys/fs/cgroup/cgroup.controllers ] || [ -e /sys/fs/cgroup/devices ] || { echo "dockerd needs cgroups"; exit 77; }

cd "$TEST_TMPDIR"
mkdir app
cp /usr/bin/busybox app/
cat >app/Dockerfile <<'DOCKERFILE'
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox","sh","-c","echo layer >/layer"]
LABEL made=here
CMD ["/bin/busybox","cat","/layer"]
DOCKERFILE
start_daemon daemon
start_bridge bridge "$daemon"
# Changes nothing on the machine: no network of its own, no rules.
dockerd --host "unix://$sockets/docker.sock" --data-root "$PWD/docker" --exec-root "$sockets/docker" --pidfile "$PWD/docker.pid" \
  --iptables=false --ip6tables=false --ip-forward=false --bridge=none >dockerd.log 2>&1 &
process_pids+=($!)
wait_for_socket "$sockets/docker.sock" dockerd.log
export DOCKER_HOST=unix://$sockets/docker.sock BUILDX_CONFIG=$TEST_TMPDIR/buildx
docker_answers() { timeout 60 docker version >docker.log 2>&1; }
eventually docker_answers || fail "$(cat docker.log dockerd.log)"
buildx create --name bridge --driver remote "$bridge" >/dev/null
buildx create --name direct --driver remote "$daemon" >/dev/null
# load BUILDER NAME [OPTION]...
load() {
  timeout 120 buildx --builder "$1" build --progress plain --load -t "$2" --iidfile "$1.iid" --metadata-file "$1.json" "${@:3}" app >load.log 2>&1
}
# docker_to VERB [OPTION]...
docker_to() { timeout 60 docker "$@"; }

echo "--- the image has the id that the builder says, and the one of the daemon's own"
load bridge app:1 || fail "$(cat load.log)"
grep -q 'exporting to docker (waybill)' load.log || fail "not done by waybill: $(cat load.log)"
id=$(docker_to image inspect app:1 --format '{{.Id}}')
[ "$id" = "$(cat bridge.iid)" ] || fail "the image id $id is not $(cat bridge.iid)"
[ "$id" = "$(jq -r '."containerimage.config.digest"' bridge.json)" ] || fail "the metadata file: $(cat bridge.json)"
[ "$(docker_to image inspect app:1 --format '{{.Config.Labels.made}} {{.Architecture}} {{len .RootFS.Layers}}')" = "here amd64 2" ] || fail "the configuration"
docker_to image rm app:1 >/dev/null
load direct app:1 || fail "$(cat load.log)"
[ "$(docker_to image inspect app:1 --format '{{.Id}}')" = "$id" ] || fail "another image than the daemon's own"

echo "--- it runs, and comes back as it went in"
docker_to image rm app:1 >/dev/null
load bridge app:1 || fail "$(cat load.log)"
[ "$(docker_to run --rm --network none app:1)" = layer ] || fail "the container"
docker_to save app:1 -o saved.tar
mkdir saved
tar -xf saved.tar -C saved
[ "sha256:$(sha256sum <"saved/$(jq -r '.[0].Config' saved/manifest.json)" | cut -d' ' -f1)" = "$id" ] || fail "the saved configuration"
for i in 0 1; do
  [ "sha256:$(sha256sum <"saved/$(jq -r ".[0].Layers[$i]" saved/manifest.json)" | cut -d' ' -f1)" = "$(docker_to image inspect app:1 --format "{{index .RootFS.Layers $i}}")" ] ||
    fail "layer $i came back changed"
done

echo "--- two names; with a push in the same build"
load bridge app:2 -t other/app:3 || fail "$(cat load.log)"
for name in app:2 other/app:3; do
  [ "$(docker_to image inspect "$name" --format '{{.Id}}')" = "$id" ] || fail "$name"
done
start_registry fake
load bridge "$host/app:4" -o type=image,push=true || fail "$(cat load.log)"
docker_to image inspect "$host/app:4" >/dev/null || fail "app:4 beside the push"
curl -sSf "http://$host/v2/app/manifests/4" -H 'Accept: application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json' >/dev/null || fail "the push beside app:4"

echo "--- what dockerd of old cannot load is refused, in the same words"
for builder in bridge direct; do
  ! load "$builder" app:5 --platform linux/amd64,linux/386 || fail "$builder: two platforms"
  grep '^ERROR' load.log >"$builder.error" || fail "no error: $(cat load.log)"
done
diff bridge.error direct.error || fail "other words"
! docker_to image inspect app:5 >/dev/null 2>&1 || fail "app:5 is there"

echo "--- a dockerd that is not there: the build fails, and the bridge goes on"
export DOCKER_HOST=unix://$sockets/nobody.sock
for builder in bridge direct; do
  ! load "$builder" app:6 || fail "a load into nothing"
  grep -q '^ERROR: .*failed to solve: .*closed pipe' load.log || fail "$(cat load.log)"
done
export DOCKER_HOST=unix://$sockets/docker.sock
load bridge app:6 || fail "$(cat load.log)"
