#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A push over HTTP/2, to a registry whose server is Go's: what is small shares one connection, a large body has one of
# its own over HTTP/1.1.
set -euo pipefail
source tools/e2e/registries.sh
need_peers registry
cd "$TEST_TMPDIR"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=registry \
  -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out ca.pem 2>/dev/null
cat >registry.yml <<YAML
version: 0.1
log: {formatter: json}
storage: {inmemory: {}}
http: {addr: 127.0.0.1:0, tls: {certificate: $PWD/ca.pem, key: $PWD/key.pem}}
YAML
registry serve registry.yml >log 2>&1 &
registry_pids+=($!)
host=127.0.0.1:$(listening_port $!)
printf '[registry."%s"]\nhttp = false\nca = ["ca.pem"]\n' "$host" >waybill.toml

# A bundle of one platform: a layer of 3 MiB, seven of 100 KiB.
mkdir -p bundle/blobs/sha256
layers='[]'
for size in 3145728 102400 102400 102400 102400 102400 102400 102400; do
  head -c $size /dev/urandom >blob
  digest=$(sha256sum blob | cut -d' ' -f1)
  mv blob "bundle/blobs/sha256/$digest"
  layers=$(jq -c --arg digest "sha256:$digest" --argjson size $size \
    '. + [{media_type: "application/vnd.oci.image.layer.v1.tar+gzip", digest: $digest, size: $size, diff_id: $digest}]' <<<"$layers")
done
jq -n --argjson layers "$layers" '{is_map: true, refs: {"linux/amd64": {layers: $layers}}, metadata: {
  "containerimage.config/linux/amd64": {text: ({architecture: "amd64", os: "linux", rootfs: {type: "layers", diff_ids: [$layers[].diff_id]}} | tojson)},
  "refs.platforms": {text: ({Platforms: [{ID: "linux/amd64", Platform: {architecture: "amd64", os: "linux"}}]} | tojson)}}}' >bundle/result.json

check "the image is pushed" env WAYBILL_CONFIG=waybill.toml "$WAYBILL" export --progress quiet --result bundle --output "type=registry,name=$host/app:1"

large="^PUT.*$(jq -r '.[0].digest[7:]' <<<"$layers")"
grep -ho '"[A-Z]* /v2/[^"]* HTTP/[0-9.]*"' log | tr -d '"' >spoken  # method, target, protocol
grep -h '"msg":"response completed' log |
  jq -r '[."http.request.method", ."http.request.uri", ."http.request.remoteaddr"] | @tsv' >answered
equal "the large body goes over HTTP/1.1" HTTP/1.1 "$(grep "$large" spoken | awk '{print $3}')"
equal "everything else goes over HTTP/2" HTTP/2.0 "$(grep -v "$large" spoken | awk '{print $3}' | sort -u)"
equal "on one connection" 1 "$(grep -v "$large" answered | cut -f3 | sort -u | wc -l)"
