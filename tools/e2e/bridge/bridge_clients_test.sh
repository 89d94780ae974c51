#!/bin/bash
# Everything else that buildctl and buildx do with a builder, through the bridge as without it: requests that build
# nothing, history, progress in all forms, stdio and tcp, archives, image ids, the words of a failure.
# shellcheck disable=SC2154 # host, daemon, bridge are set by the functions that start them
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
need_peers buildkitd buildctl buildx olareg crane
need_buildkit

cd "$TEST_TMPDIR"
mkdir app
cp /usr/bin/busybox app/
cat >app/Dockerfile <<'DOCKERFILE'
FROM scratch AS base
COPY busybox /bin/busybox
# What it says.
ARG VERSION=1
FROM base AS app
RUN ["/bin/busybox","sh","-c","echo layer >/layer"]
FROM base AS broken
RUN ["/bin/busybox","sh","-c","echo out; exit 7"]
DOCKERFILE
start_registry olareg

echo "--- a bridge that is there before its daemon"
start_bridge bridge "unix://$sockets/daemon.sock"
! buildctl --addr "$bridge" debug workers >workers.log 2>&1 || fail "workers of no daemon"
grep -q "$sockets/daemon.sock" workers.log || fail "the error does not name the daemon: $(cat workers.log)"
start_daemon daemon
workers() { buildctl --addr "$bridge" debug workers >workers.log 2>&1; }
eventually workers || fail "$(cat workers.log)"
diff workers.log <(buildctl --addr "$daemon" debug workers) || fail "other workers"

export BUILDX_CONFIG=$TEST_TMPDIR/buildx
buildx create --name bridge --driver remote "$bridge" >/dev/null
buildx create --name direct --driver remote "$daemon" >/dev/null
# on BUILDER VERB [OPTION]...
on() { local builder=$1; shift; timeout 120 buildx --builder "$builder" "$@"; }

echo "--- requests that build nothing"
for call in outline targets check; do
  on bridge build --call "$call" app >bridge.out 2>/dev/null || fail "--call $call"
  on direct build --call "$call" app >direct.out 2>/dev/null || fail "--call $call"
  [ -s bridge.out ] || [ "$call" = check ] || fail "--call $call says nothing"
  diff bridge.out direct.out || fail "--call $call differs"
done

echo "--- image ids, archives, image and local in one build"
on bridge build --target app -o type=local,dest=files -o "type=image,name=$host/app:0,push=true" app >build.log 2>&1 || fail "$(cat build.log)"
[ "$(cat files/layer)" = layer ] || fail "the local export"
crane validate --remote "$host/app:0" >/dev/null || fail "the image beside the local export"
on bridge build --target app --provenance=false --iidfile iid --metadata-file metadata.json -o "type=image,name=$host/app:1,push=true" \
  app >build.log 2>&1 || fail "$(cat build.log)"
[ "$(cat iid)" = "$(jq -r '."containerimage.digest"' metadata.json)" ] || [ "$(cat iid)" = "$(jq -r '."containerimage.config.digest"' metadata.json)" ] ||
  fail "the image id $(cat iid): $(cat metadata.json)"
[ "$(crane digest "$host/app:1")" = "$(jq -r '."containerimage.digest"' metadata.json)" ] || fail "the digest"
on direct build --target app --provenance=false --iidfile iid.direct -o "type=image,name=$host/app:2,push=true" app >build.log 2>&1 || fail "$(cat build.log)"
diff iid iid.direct || fail "another image id than the daemon's"
for type in docker oci; do
  for builder in bridge direct; do
    SOURCE_DATE_EPOCH=1700000000 on "$builder" build --target app --provenance=false -t app:1 -o "type=$type,dest=$builder.tar" app >build.log 2>&1 || fail "$(cat build.log)"
  done
  cmp bridge.tar direct.tar || fail "type=$type differs"
done

echo "--- progress: rawjson, tty, quiet"
on bridge build --target app --progress rawjson -o "type=image,name=$host/app:3,push=true" app >raw.out 2>&1 || fail "$(cat raw.out)"
jq -es '[.[] | .vertexes[]?.name] | index("exporting to image (waybill)")' raw.out >/dev/null || fail "no row of ours: $(cat raw.out)"
jq -es "[.[] | .statuses[]?.id] | index(\"pushing $host/app:3\")" raw.out >/dev/null || fail "no push: $(cat raw.out)"
BRIDGE=$bridge HOST=$host script -qec 'stty cols 100; timeout 120 buildctl --addr "$BRIDGE" build --frontend dockerfile.v0 --local context=app \
  --local dockerfile=app --opt target=app --progress tty --output "type=image,name=$HOST/app:4,push=true"' tty.out >/dev/null || fail "$(cat tty.out)"
grep -aq 'exporting to image (waybill)' tty.out || fail "tty: $(cat tty.out)"
grep -aq FINISHED tty.out || fail "tty: $(cat tty.out)"
[ "$(on bridge build --target app --provenance=false -q -o "type=image,name=$host/app:5,push=true" app)" = "$(cat iid)" ] || fail "-q"

echo "--- history"
# A record is complete a moment after its build.
same_history() {
  for builder in bridge direct; do
    on "$builder" history ls --no-trunc --format '{{.Ref}} {{.Name}} {{.Status}}' | sort >"$builder.out" || fail "history ls"
  done
  cmp -s bridge.out direct.out
}
eventually same_history || fail "another history: $(diff bridge.out direct.out)"
[ -s bridge.out ] || fail "an empty history"
ref=$(head -n 1 bridge.out | cut -d' ' -f1)
ref=${ref##*/}
for verb in inspect logs; do
  # What buildx itself remembers of a builder's builds is left out.
  on bridge history "$verb" "$ref" 2>&1 | grep -Ev 'docker-desktop:|^Context:' >bridge.out || fail "history $verb"
  on direct history "$verb" "$ref" 2>&1 | grep -Ev 'docker-desktop:|^Context:' >direct.out || fail "history $verb"
  grep -q app bridge.out || fail "history $verb: $(cat bridge.out)"
  diff bridge.out direct.out || fail "history $verb differs"
done

echo "--- a failure: the same words"
for address in "$bridge" "$daemon"; do
  ! build "$address" app --opt target=broken >broken.log 2>&1 || fail "a build that fails"
  sed -n '/^------/,$p' broken.log | sed -E 's/^[0-9.]+ //' >"broken.${address##*/}"
done
[ -s broken.bridge.sock ] || fail "no excerpt"
diff broken.bridge.sock broken.daemon.sock || fail "other words"

echo "--- stdio and tcp"
mkdir bin
# buildctl's way to a daemon that only another machine's buildctl reaches.
# shellcheck disable=SC2016
printf '#!/bin/sh\nexec buildctl --addr "$BRIDGE" dial-stdio\n' >bin/ssh
chmod +x bin/ssh
BRIDGE=$bridge PATH=$PWD/bin:$PATH build ssh://far app --opt target=app --output "type=image,name=$host/app:6,push=true" >stdio.log 2>&1 || fail "$(cat stdio.log)"
[ "$(crane digest "$host/app:6")" = "$(crane digest "$host/app:1")" ] || fail "over stdio"
"$WAYBILL" bridge --listen tcp://127.0.0.1:0 --upstream "$daemon" --drain-seconds 1 >tcp.log 2>&1 &
process_pids+=($!)
port=$(listening_port $!) || fail "$(cat tcp.log)"
eventually grep -qx "listening on tcp://127.0.0.1:$port" tcp.log || fail "$(cat tcp.log)"
build "tcp://127.0.0.1:$port" app --opt target=app --output "type=image,name=$host/app:7,push=true" >tcp-build.log 2>&1 || fail "$(cat tcp-build.log)"
[ "$(crane digest "$host/app:7")" = "$(crane digest "$host/app:1")" ] || fail "over tcp"
