#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes the image of waybill, and lets waybill export it: a layer with the shared libraries, the roots of certificates and the user, and a layer with
# the command. tools/package sets the environment.
# usage: image.sh BINARY DIRECTORY
set -euo pipefail
readonly binary=$1 directory=$2
here=$PWD/tools/package.d
version=$("$binary" --version | sed 's/^waybill //')
architecture=$(dpkg --print-architecture)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
libraries=$work/libraries command=$work/command result=$work/result

# The libraries, where the loader looks without a cache; its own path is in the binary.
folder=usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)
install -d "$libraries/$folder" "$libraries/usr/lib64"
ln -s usr/lib "$libraries/lib"
ln -s usr/lib64 "$libraries/lib64"
: >"$work/files"
while read -r name file; do
  install -m 755 "$file" "$libraries/$folder/$name"
  realpath "$file" >>"$work/files"
done < <(ldd "$binary" | awk '$2 == "=>" && $3 ~ /^\// { print $1, $3 }')
loader=$(readelf -l "$binary" | sed -n 's/.*program interpreter: \(.*\)\]/\1/p')
install -D -m 755 "$loader" "$libraries/usr$loader"
realpath "$loader" >>"$work/files"
# The packages of these files.
sort -u "$work/files" | while read -r file; do
  { dpkg -S "$file" || dpkg -S "${file#/usr}"; } 2>/dev/null | head -n 1
done | sed 's/[:,].*//' >"$work/owners"
echo ca-certificates >>"$work/owners"
sort -u -o "$work/owners" "$work/owners"
while read -r package; do
  install -D -m 644 "/usr/share/doc/$package/copyright" "$libraries/usr/share/doc/$package/copyright"
done <"$work/owners"
install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$libraries/etc/ssl/certs/ca-certificates.crt"
printf 'root:x:0:0:root:/:/sbin/nologin\nwaybill:x:65532:65532:waybill:/var/lib/waybill:/sbin/nologin\n' >"$libraries/etc/passwd"
printf 'root:x:0:\nwaybill:x:65532:\n' >"$libraries/etc/group"
printf 'hosts: files dns\n' >"$libraries/etc/nsswitch.conf"
install -d -m 1777 "$libraries/tmp"

install -D -m 755 "$binary" "$command/usr/bin/waybill"
strip --strip-unneeded "$command/usr/bin/waybill"
install -D -m 644 "$here/copyright" "$command/usr/share/doc/waybill/copyright"
install -d -m 700 "$command/var/lib/waybill" "$command/var/cache/waybill-bridge"
install -d -m 755 "$command/run/waybill"

# layer FOLDER   Its tar archive as a blob; prints the entry of result.json. What belongs to the user is named by path.
mkdir -p "$result/blobs/sha256"
layer() {
  local archive=$work/layer.tar owned
  owned=(var/lib/waybill var/cache/waybill-bridge run/waybill)
  [ "$1" = "$command" ] || owned=()
  tar --create --file "$archive" --directory "$1" --format=gnu --sort=name --mtime="@$SOURCE_DATE_EPOCH" --numeric-owner --owner=0 --group=0 \
    --no-recursion --files-from=<(cd "$1" && find . -mindepth 1 -printf '%P\n' | grep -vxF -f <(printf '%s\n' "${owned[@]:-.}") | sort)
  [ ${#owned[@]} = 0 ] || tar --append --file "$archive" --directory "$1" --format=gnu --mtime="@$SOURCE_DATE_EPOCH" --numeric-owner --owner=65532 \
    --group=65532 --no-recursion "${owned[@]}"
  gzip -9n <"$archive" >"$archive.gz"
  local digest diff
  digest=$(sha256sum "$archive.gz" | cut -d ' ' -f 1) diff=$(sha256sum "$archive" | cut -d ' ' -f 1)
  jq -n --arg digest "sha256:$digest" --arg diff "sha256:$diff" --argjson size "$(stat -c %s "$archive.gz")" --arg description "$2" '{
    media_type: "application/vnd.oci.image.layer.v1.tar+gzip", digest: $digest, size: $size, diff_id: $diff, description: $description}'
  mv "$archive.gz" "$result/blobs/sha256/$digest"
}
layer "$libraries" "shared libraries, roots of certificates" >"$work/layers"
layer "$command" "waybill $version" >>"$work/layers"

created=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
jq -n --arg architecture "$architecture" --arg created "$created" --arg version "$version" --arg commit "$SOURCE_COMMIT" '{
  architecture: $architecture, os: "linux", created: $created,
  config: {User: "65532:65532", Entrypoint: ["/usr/bin/waybill"], Cmd: ["--help"], WorkingDir: "/var/lib/waybill",
    Env: ["PATH=/usr/bin"], Labels: {
      "org.opencontainers.image.title": "waybill", "org.opencontainers.image.version": $version,
      "org.opencontainers.image.revision": $commit, "org.opencontainers.image.licenses": "Apache-2.0",
      "org.opencontainers.image.description": "Container image exporter in the style of BuildKit"}}}' >"$work/config"
jq -n --slurpfile layers "$work/layers" --rawfile config "$work/config" --arg epoch "$SOURCE_DATE_EPOCH" '{
  is_map: false, refs: {"": {layers: $layers}},
  metadata: {"containerimage.config": {text: ($config | fromjson | tojson)}, "source.date.epoch": {text: $epoch}}}' >"$result/result.json"

"$here/sbom.sh" "$binary" "$work/owners" >"$work/sbom.spdx.json"
"$here/provenance.sh" "$binary" "$work/owners" >"$work/provenance.json"
export_to() {
  "$binary" export --progress quiet --result "$result" "${@:2}" \
    --output "$1,name=waybill:$version,source-date-epoch=$SOURCE_DATE_EPOCH"
}
export_to "type=oci,dest=$directory/waybill-image.tar" --attest "type=sbom,path=$work/sbom.spdx.json" \
  --attest "type=provenance,path=$work/provenance.json"
export_to "type=docker,dest=$directory/waybill-docker.tar"
echo "$directory/waybill-image.tar"
echo "$directory/waybill-docker.tar"
