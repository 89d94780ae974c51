#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The HTTP endpoint of `waybill serve`, asked by moby's own client: the same statements from a layout, an OCI archive, a
# docker archive and registries, in both forms of attestations; which images may be named; hostile requests; a large
# statement in little memory. STATEMENT_BYTES is its size. Python's gRPC asks the same service for the same.
# shellcheck disable=SC2154 # host is set by start_registry
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
need_peers olareg registry moby-attestations content-client
readonly statement_bytes=${STATEMENT_BYTES:-$((64 << 20))} limit_kib=$((64 << 10))
cp -rL testdata/sample "$TEST_TMPDIR/sample"
cd "$TEST_TMPDIR"
mkdir "$TEST_TMPDIR/stubs"
(cd "$OLDPWD" && protoc -I proto --python_out="$TEST_TMPDIR/stubs" --grpc_out="$TEST_TMPDIR/stubs" \
  --plugin=protoc-gen-grpc="$(command -v grpc_python_plugin)" waybill/v1/build_result.proto waybill/v1/attestations.proto)
sockets=$(mktemp -d /tmp/endpoint-XXXXXX) # a socket's path must be short
trap 'rm -r "$sockets"; stop_registries' EXIT
export SOURCE_DATE_EPOCH=1700000000

# serve FLAGS...   Sets `api` to the address and `server` to the process.
serve() {
  serve_log=serve-${#registry_pids[@]}.log
  api=unix://$sockets/http-${#registry_pids[@]}.sock grpc=unix://$sockets/grpc-${#registry_pids[@]}.sock
  "$WAYBILL" serve --listen "$grpc" --root "$TEST_TMPDIR/root-${#registry_pids[@]}" \
    --http "$api" "$@" 2>"$serve_log" &
  server=$!
  registry_pids+=("$server")
  eventually grep -q "^listening" "$serve_log" || { cat "$serve_log"; exit 1; }
}
moby() { moby-attestations "$api" "$@"; }
# ask PATH [OPTION...]   curl's status line and the body.
ask() { local path=$1; shift; curl -sS --path-as-is --max-time 60 -w ' %{http_code}' --unix-socket "${api#unix://}" "$@" "http://localhost$path"; }

# code PATH [OPTION...]   The status alone.
code() { ask "$@" -o /dev/null | tr -d ' '; }

echo "# the same statements from every place"
start_registry olareg
olareg=$host
start_registry distribution
distribution=$host
mkdir images
serve --allow-layout "$TEST_TMPDIR/images" --allow-registry "$olareg" --allow-registry "$distribution"
for artifact in true false; do
  export_to() { "$WAYBILL" export --progress quiet --result sample --output "$1,oci-artifact=$artifact"; }
  export_to "type=oci,tar=false,dest=images/$artifact,name=example.com/app:1"
  export_to "type=oci,dest=images/$artifact.tar,name=example.com/app:1"
  # As docker save writes it: the layout with a manifest.json.
  cp -r "images/$artifact" docker
  echo '[{"Config":"","RepoTags":["example.com/app:1"],"Layers":[]}]' >docker/manifest.json
  tar -C docker -cf "images/$artifact-docker.tar" blobs index.json manifest.json oci-layout
  rm -r docker
  # Statements of an export have the image's name in them; a copy has the same bytes.
  for registry in "$olareg" "$distribution"; do "$WAYBILL" copy "oci:images/$artifact" "docker://$registry/app:$artifact" >copy.log 2>&1 || { cat copy.log; exit 1; }; done
  for platform in linux/amd64 linux/arm64; do
    expected=$("$WAYBILL" attestations "oci:images/$artifact" --platform "$platform" --json |
      jq -r --arg platform "$platform" '.[] | select(.about.platform == $platform) | "\(.predicateType) \(.digest) \(.size) \(.digest)"')
    equal "statements of $platform" 2 "$(wc -l <<<"$expected")"
    for image in "oci:$artifact" "oci:$TEST_TMPDIR/images/$artifact:1" "oci-archive:$artifact.tar" "docker-archive:$artifact-docker.tar" \
      "$olareg/app:$artifact" "$distribution/app:$artifact"; do
      equal "$image, oci-artifact=$artifact, $platform" "waybill linux 1.55 1.55
$expected" "$(moby --platform "$platform" --statement "$image")"
    done
  done
  equal "by type" "$(grep spdx <<<"$expected" | cut -d ' ' -f 1-3) -" \
    "$(moby --platform linux/arm64 --type https://spdx.dev/Document "oci:$artifact" | tail -n +2)"
done
equal "a registry tells of both lists" "index+referrer" \
  "$(ask "/images/$olareg/app:true/attestations?platform=all" | sed 's/ 200$//' | jq -r '.[].Sources | join("+")' | sort -u)"

echo "# over gRPC"
cat >ask.py <<'PY'
"""ask.py ADDRESS IMAGE PLATFORM: type, digest, size and the sha256 of the statement as List and as Read give it."""
import hashlib
import sys

import grpc
from waybill.v1 import attestations_pb2, attestations_pb2_grpc

address, image, platform = sys.argv[1:]
stub = attestations_pb2_grpc.ImageAttestationsStub(grpc.insecure_channel(address))
try:
    listed = stub.List(attestations_pb2.ListImageAttestationsRequest(image=image, platforms=[platform], statements=True, statement_limit=1 << 30))
    for one in listed.attestations:
        messages = stub.Read(attestations_pb2.ReadImageAttestationRequest(image=image, digest=one.blob.digest))
        read = hashlib.sha256(b"".join(message.data for message in messages)).hexdigest()
        whole = hashlib.sha256(one.statement).hexdigest() if one.HasField("statement") else "-"
        print(one.predicate_type, one.blob.digest, one.blob.size, f"sha256:{read}", whole in (read, "-"))
except grpc.RpcError as error:
    print(error.code().name)
PY
ask_grpc() { PYTHONPATH=stubs python3 ask.py "$grpc" "$@"; }
for image in oci:true oci-archive:false.tar docker-archive:true-docker.tar "$olareg/app:true" "$distribution/app:false"; do
  equal "$image" "$(moby --platform linux/arm64 --statement "$image" | sed -e 1d -e 's/$/ True/')" "$(ask_grpc "$image" linux/arm64)"
done
equal "a directory that is not allowed" PERMISSION_DENIED "$(ask_grpc "oci:$TEST_TMPDIR/root-2" all)"
equal "no such image" NOT_FOUND "$(ask_grpc oci:none all)"

echo "# by digest alone, with containerd's client of content"
read_content() { content-client "$grpc" --read "$1"; }
for image in oci-archive:false.tar "$distribution/app:false"; do
  # Another service has not listed anything.
  serve --allow-layout "$TEST_TMPDIR/images" --allow-registry "$olareg" --allow-registry "$distribution"
  listed=$("$WAYBILL" attestations "oci:images/false" --json | jq -r '.[] | "\(.size) \(.digest)"' | sort -u)
  equal "$image: not listed yet" 1 "$(exit_code read_content "$(cut -d ' ' -f 2 <<<"$listed" | head -n 1)")"
  grep -q "not found" err || { cat err; exit 1; }
  ask_grpc "$image" all >/dev/null
  equal "$image: every statement" "$listed" "$(while read -r _ digest; do read_content "$digest"; done <<<"$listed")"
  manifest=$(jq -r '.manifests[0].digest' images/false/index.json)
  equal "$image: nothing but attestations" 1 "$(exit_code read_content "$manifest")"
done

echo "# names"
equal "no such image" 3 "$(exit_code moby oci:none)"
equal "no such platform" 3 "$(exit_code moby --platform linux/s390x oci:true)"
equal "no such tag in the registry" 3 "$(exit_code moby "$olareg/app:none")"
equal "a directory that is not allowed" 4 "$(exit_code moby "oci:$TEST_TMPDIR/root-2")"
equal "a registry that is not allowed" 4 "$(exit_code moby 127.0.0.1:1/app:1)"
grep -q "operator does not allow" err || { cat err; exit 1; }
ln -s "$TEST_TMPDIR/sample" images/link
equal "a link" 3 "$(exit_code moby oci:link)"
cp -r images/true images/linked-blobs
rm -r images/linked-blobs/blobs
ln -s ../true/blobs images/linked-blobs/blobs
equal "blobs behind a link" 400 "$(code /images/oci:linked-blobs/attestations)"

echo "# hostile requests"
equal "a name with NUL" 400 "$(code /images/oci:true%00/attestations)"
equal "escapes that are none" 400 "$(code '/images/%zz/attestations')"
equal "a way up" 403 "$(code '/images/oci:true/../../root-2/attestations')"
equal "a way up, escaped" 403 "$(code '/images/oci:true%2f..%2f..%2froot-2/attestations')"
equal "a large header" 431 "$(code /_ping -H "X: $(printf '%060000d' 0)")"
equal "a large query" 431 "$(code "/_ping?$(printf '%060000d' 0)")"
equal "a body" 413 "$(code /_ping --request GET --data x)"
python3 - "${api#unix://}" <<'PY'
import socket, sys
# More connections than the server keeps, each with half a request; then one more is answered.
held = []
for _ in range(600):
    one = socket.socket(socket.AF_UNIX)
    one.connect(sys.argv[1])
    one.sendall(b"GET /_ping HT")
    held.append(one)
last = socket.socket(socket.AF_UNIX)
last.settimeout(60)
last.connect(sys.argv[1])
last.sendall(b"GET /_ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
assert last.recv(1000).startswith(b"HTTP/1.1 200"), "not answered"
PY
equal "the server has few descriptors" yes "$([ "$(find "/proc/$server/fd" -mindepth 1 | wc -l)" -lt 400 ] && echo yes)"
kib=$(awk '/^VmHWM/ { print $2 }' "/proc/$server/status")
printf '      peak RSS %d KiB (limit %d KiB)\n' "$kib" "$limit_kib"
equal "all of it in little memory" yes "$([ "$kib" -lt "$limit_kib" ] && echo yes)"

echo "# a statement of $statement_bytes bytes"
# put FILE TYPE   Into the layout; prints the descriptor.
put() {
  local hex size
  hex=$(sha256sum <"$1" | cut -d ' ' -f 1)
  size=$(stat -c %s "$1")
  mv "$1" "images/large/blobs/sha256/$hex"
  jq -cn --arg digest "sha256:$hex" --argjson size "$size" --arg type "$2" '{mediaType: $type, digest: $digest, size: $size}'
}
cp -r images/true images/large
root=$(jq -r '.manifests[0].digest' images/large/index.json)
image=$(jq -c '.manifests[] | select(.platform.architecture == "amd64")' "images/large/blobs/${root/:/\/}")
{
  printf '{"_type":"https://in-toto.io/Statement/v1","predicateType":"https://spdx.dev/Document","subject":[{"digest":{"sha256":"%s"}}],"predicate":{"packages":[' \
    "$(jq -r '.digest | ltrimstr("sha256:")' <<<"$image")"
  # The program that says yes does not end well.
  (set +o pipefail; yes "{\"name\":\"$(printf '%0100d' 0)\"}," | head -n $((statement_bytes / 113)) | tr -d '\n')
  printf '{}]}}'
} >large.json
statement=$(put large.json application/vnd.in-toto+json)
jq -n --argjson layer "$statement" --argjson subject "$image" '{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json",
  artifactType: "application/vnd.docker.attestation.manifest.v1+json", subject: ($subject | del(.platform)),
  config: {mediaType: "application/vnd.oci.empty.v1+json", size: 2, digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},
  layers: [$layer + {annotations: {"in-toto.io/predicate-type": "https://spdx.dev/Document"}}]}' >attestation.json
jq -n --argjson image "$image" --argjson entry "$(put attestation.json application/vnd.oci.image.manifest.v1+json)" \
  '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: [$image, $entry +
    {annotations: {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": $image.digest}}]}' >index.json
jq -n --argjson entry "$(put index.json application/vnd.oci.image.index.v1+json)" '{schemaVersion: 2, manifests: [$entry]}' >images/large/index.json
asks=()
for one in 1 2 3; do
  ask '/images/oci:large/attestations?platform=linux/amd64&statement=1' >"answer-$one" &
  asks+=($!)
done
wait "${asks[@]}"
digest=$(jq -r .digest <<<"$statement")
for one in 1 2 3; do
  equal "it comes as it is stored" "${digest#sha256:}" "$(sed -e 's/^.*,"Statement"://' -e '$d' "answer-$one" | head -c -3 | sha256sum | cut -d ' ' -f 1)"
  rm "answer-$one"
done
equal "a range of it" "$(head -c 100 "images/large/blobs/${digest/:/\/}" | tail -c 50) 206" \
  "$(ask "/images/oci:large/attestations/$digest" --range 50-99)"
equal "and over gRPC" "https://spdx.dev/Document $digest $(jq .size <<<"$statement") $digest True" "$(ask_grpc oci:large linux/amd64)"
kib=$(awk '/^VmHWM/ { print $2 }' "/proc/$server/status")
printf '      %s bytes, peak RSS %d KiB (limit %d KiB)\n' "$(jq .size <<<"$statement")" "$kib" "$limit_kib"
equal "in little memory" yes "$([ "$kib" -lt "$limit_kib" ] && echo yes)"

echo "# the end"
kill -TERM "$server"
ended=0
wait "$server" || ended=$?
equal "it drains" 0 "$ended"
serve
equal "without flags nothing may be named" 4 "$(exit_code moby "oci:$TEST_TMPDIR/images/true")"
equal "and no registry" 4 "$(exit_code moby alpine)"
