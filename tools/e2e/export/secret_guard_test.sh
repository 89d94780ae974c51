#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# secret-guard: secrets in provenance are named by their places, never printed, and with "fail" nothing is delivered; the
# bytes of an export are the same with each value. In the command and through a service.
# shellcheck disable=SC2154 # host is set by start_registry
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
need_peers olareg crane
cp -rL testdata/sample "$TEST_TMPDIR"
cd "$TEST_TMPDIR"

# The provenance of both platforms, with a secret under a name and another in the Dockerfile.
readonly canary=correct-horse-battery token=ghp_0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX
while read -r content; do
  blob=sample/blobs/${content/://}
  dockerfile=$(printf 'FROM scratch\nLABEL t=%s\n' $token | base64 -w 0)
  jq -c --arg dockerfile "$dockerfile" --arg value $canary \
    '.buildDefinition.externalParameters.request.args["build-arg:NPM_TOKEN"] = $value
     | .buildDefinition.externalParameters.request.args["build-arg:OLD_TOKEN"] = "***"
     | .runDetails.metadata.buildkit_metadata.source.infos[0].data = $dockerfile' "$blob" >changed
  digest=$(sha256sum <changed | cut -d ' ' -f 1)
  mv changed "sample/blobs/sha256/$digest"
  sed -i "s/$content/sha256:$digest/" sample/result.json
done < <(jq -r '.attestations[][] | select(.path == "provenance.json") | .content' sample/result.json | LC_ALL=C sort -u)
readonly by_name='provenance has what looks like a secret, by its name at predicate.buildDefinition.externalParameters.request.args["build-arg:NPM_TOKEN"]'
readonly by_shape='provenance has what looks like a GitHub token at predicate.runDetails.metadata.buildkit_metadata.source.infos[0].data'

# export_as OPTIONS [FLAG...]
export_as() { "$WAYBILL" export --progress plain --result sample --output "$1,source-date-epoch=1700000000" "${@:2}"; }
secretless() {
  grep -qE "$canary|$token|$(base64 <<<"$canary" | head -c 20)" out err && { echo "a secret is printed"; cat out err; exit 1; }
  return 0
}
told() { equal "$1" "$2" "$(grep -cF -- "$3" err || true)"; }

"$WAYBILL" serve --listen tcp://127.0.0.1:0 --root state 2>serve.log &
registry_pids+=($!)
eventually grep -qs '^listening' serve.log
tcp=$(sed -n 's/^listening on \(tcp:.*\)/\1/p' serve.log)
start_registry olareg

for where in command service; do
  flags=()
  [ $where = command ] || flags=(--addr "$tcp")
  echo "# by the $where"
  equal "warnings are the default" 0 "$(exit_code export_as "type=oci,dest=$where-default.tar,name=example.com/app:1" "${flags[@]}")"
  told "a place is named once for both platforms" 1 "$by_name"
  told "as is the Dockerfile" 1 "$by_shape"
  told "and nothing else" 2 "provenance has"
  secretless
  equal "off" 0 "$(exit_code export_as "type=oci,dest=$where-off.tar,name=example.com/app:1,secret-guard=off" "${flags[@]}")"
  told "is quiet" 0 "provenance has"
  check "the bytes are the same" cmp $where-default.tar $where-off.tar
  equal "fail" 2 "$(exit_code export_as "type=oci,dest=$where-fail.tar,name=example.com/app:1,secret-guard=fail" "${flags[@]}")"
  says "exporter option \"secret-guard\": $by_name; what looks like a GitHub token at"
  secretless
  [ ! -e $where-fail.tar ] || { echo "an archive was left"; exit 1; }
  equal "a push fails" 2 "$(exit_code export_as "type=registry,name=$host/$where:1,secret-guard=fail" "${flags[@]}")"
  equal "before anything is pushed" 1 "$(exit_code crane digest --insecure "$host/$where:1")"
  equal "with warnings it goes on" 0 "$(exit_code export_as "type=registry,name=$host/$where:1" "${flags[@]}")"
  told "and names the place" 1 "$by_name"
  secretless
  check "the image is there" crane digest --insecure "$host/$where:1"
done

echo "# words"
equal "another word" 1 "$(exit_code export_as "type=oci,dest=x.tar,secret-guard=maybe")"
says 'invalid secret-guard "maybe": one of warn, fail, off is expected'
equal "files are not published" 1 "$(exit_code export_as "type=local,dest=files,secret-guard=fail")"
says 'has no meaning for type local'
