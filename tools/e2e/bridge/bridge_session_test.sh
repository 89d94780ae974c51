#!/bin/bash
# What builds take from their client and from registries, through the bridge as without it: an ssh agent, OCI layouts as
# contexts, base images that nobody unpacked, caches in a registry and on the client's disk.
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
start_registry distribution
distribution=$host
start_daemon daemon
start_bridge bridge "$daemon"
export BUILDX_CONFIG=$TEST_TMPDIR/buildx
buildx create --name bridge --driver remote "$bridge" >/dev/null
buildx_build() { timeout 120 buildx --builder bridge build --progress plain --provenance=false "$@" >build.log 2>&1; }

echo "--- ssh: the agent's key arrives in the build, and only where it is asked for"
mkdir ssh
ldd /usr/bin/ssh-add | grep -oE '/[^ ]+' | xargs cp --parents -Lt ssh
cp /usr/bin/ssh-add ssh/
cat >ssh/Dockerfile <<'DOCKERFILE'
FROM scratch AS tools
COPY . /
FROM tools AS build
RUN --mount=type=ssh ["/ssh-add","-L"]
FROM tools AS without
RUN ["/ssh-add","-L"]
DOCKERFILE
ssh-keygen -q -t ed25519 -N '' -C key-of-the-test -f key
eval "$(ssh-agent -a "$sockets/agent")" >/dev/null
process_pids+=("$SSH_AGENT_PID")
ssh-add -q key
build "$bridge" ssh --opt target=build --ssh default >ssh.log 2>&1 || fail "$(cat ssh.log)"
grep -qF "$(cut -d' ' -f1,2 key.pub)" ssh.log || fail "no key: $(cat ssh.log)"
! build "$bridge" ssh --no-cache --opt target=build >ssh.log 2>&1 || fail "a client without --ssh"
! build "$bridge" ssh --opt target=without --ssh default >ssh.log 2>&1 || fail "a step without the mount"

echo "--- an OCI layout as a named context, and its own tag again"
mkdir base app
cp /usr/bin/busybox base/
head -c 3000000 /dev/urandom >base/random
printf 'FROM scratch\nCOPY busybox /bin/busybox\nCOPY random /random\n' >base/Dockerfile
printf 'FROM base\nRUN ["/bin/busybox","sh","-c","echo app >/app"]\n' >app/Dockerfile
buildx_build --output type=oci,tar=false,dest=layout base || fail "$(cat build.log)"
layout=$(jq -r '.manifests[0].digest' layout/index.json)
buildx_build --build-context "base=oci-layout://$PWD/layout@$layout" --output "type=image,name=$olareg/app:layout,push=true" app || fail "$(cat build.log)"
crane validate --remote "$olareg/app:layout" >/dev/null || fail "app:layout"
base_layers() { jq -r '.layers[].digest' "layout/blobs/sha256/${layout#sha256:}"; }
[ "$(crane manifest "$olareg/app:layout" | jq -r '.layers[:-1][].digest')" = "$(base_layers)" ] || fail "the layers of the layout"

# forget   Empties the daemon's cache, through the bridge. What a build used is free a moment after its end.
forget() { eventually pruned || fail "something is left: $(cat du.log)"; }
pruned() {
  buildctl --addr "$bridge" prune --all >prune.log || fail "prune"
  buildctl --addr "$bridge" du >du.log || fail "du"
  grep -q '^Total:.*[[:space:]]0B$' du.log
}

echo "--- a base image that the daemon never unpacked, to another registry and to its own"
crane push layout "$olareg/base:1" >/dev/null 2>&1
mkdir label
printf 'FROM %s/base:1\nLABEL a=b\n' "$olareg" >label/Dockerfile
for target in "$distribution/copied:1" "$olareg/copied:1"; do
  forget
  buildx_build --output "type=image,name=$target,push=true" label || fail "$(cat build.log)"
  ! grep -q 'extracting' build.log || fail "the base was unpacked"
  crane validate --remote "$target" >/dev/null || fail "$target"
  [ "$(crane manifest "$target" | jq -r '.layers[].digest')" = "$(base_layers)" ] || fail "the layers of $target"
  [ "$(crane config "$target" | jq -r .config.Labels.a)" = b ] || fail "the label of $target"
done
forget
build "$daemon" label --output "type=image,name=$distribution/direct:1,push=true" >direct.log 2>&1 || fail "$(cat direct.log)"
[ "$(crane digest "$distribution/direct:1")" = "$(crane digest "$distribution/copied:1")" ] || fail "another digest than the daemon's own"

echo "--- the layers of a base image are mounted, not sent, in the registry that has them"
start_registry fake
log=$TEST_TMPDIR/registry-2.log
crane push layout "$host/base:1" >/dev/null 2>&1
printf 'FROM %s/base:1\nRUN ["/bin/busybox","sh","-c","echo mine >/mine"]\n' "$host" >label/Dockerfile
forget
buildx_build --output "type=image,name=$host/org/mounted:1,push=true" label || fail "$(cat build.log)"
crane validate --remote "$host/org/mounted:1" >/dev/null || fail "mounted:1"
for layer in $(base_layers); do
  grep -qE "^POST /v2/org/mounted/blobs/uploads/\?mount=${layer/:/(:|%3A)}&from=base 201" "$log" || fail "no mount of $layer: $(grep org/mounted "$log")"
done

echo "--- a cache in a registry, and one in a directory of the client"
sed -i "s|^FROM base|FROM $olareg/base:1|" app/Dockerfile
for mode in min max; do
  for kind in registry local; do
    case $kind in
      registry) to=type=registry,ref=$olareg/cache:$mode from=$to ;;
      local) to=type=local,dest=cache-$mode from=type=local,src=cache-$mode ;;
    esac
    buildx_build --cache-to "$to,mode=$mode" --output "type=image,name=$olareg/cached:1,push=true" app || fail "$(cat build.log)"
    digest=$(crane digest "$olareg/cached:1")
    forget
    buildx_build --cache-from "$from" --output "type=image,name=$olareg/cached:2,push=true" app || fail "$(cat build.log)"
    # The step's layer has a time in it: the same one was not made anew.
    [ "$(crane manifest "$olareg/cached@$digest" | jq .layers)" = "$(crane manifest "$olareg/cached:2" | jq .layers)" ] || fail "other layers from the cache"
    forget
  done
done
