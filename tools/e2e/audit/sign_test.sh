#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# waybill sign and verify --key: cosign verifies what waybill signed, and waybill what cosign signed, on registries with and
# without the Referrers API, with every kind of key. What is forged or about something else is found.
# shellcheck disable=SC2154 # host is set by start_registry
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
need_peers olareg registry oras crane cosign
cp -rL testdata/sample testdata/keys "$TEST_TMPDIR"
cd "$TEST_TMPDIR"
export SOURCE_DATE_EPOCH=1700000000 WAYBILL_PASSPHRASE=wayward COSIGN_PASSWORD=wayward
readonly insecure=(--insecure-ignore-tlog --allow-http-registry)
push() { "$WAYBILL" export --progress quiet --result sample --output "type=registry,name=$1"; }
platform_digest() { crane manifest --insecure "$1" | jq -r --arg arch "$2" '.manifests[] | select(.platform.architecture == $arch) | .digest'; }
# attested PUB TYPE IMAGE, signed PUB IMAGE   What cosign says.
attested() { cosign verify-attestation --key "keys/$1" "${insecure[@]}" --type "$2" "$3"; }
signed() { cosign verify --key "keys/$1" "${insecure[@]}" "$2"; }

for kind in olareg distribution; do
  start_registry "$kind"
  for key in cosign p256-sec1 p384 ed25519 rsa; do
    echo "# $key on $kind"
    image=$host/$key:1 other=rsa
    [ $key != rsa ] || other=p384
    push "$image"
    root=$(crane digest --insecure "$image")
    amd64=$(platform_digest "$image" amd64) arm64=$(platform_digest "$image" arm64)
    check "the statements" "$WAYBILL" sign "$image" --key "keys/$key.key"
    equal "the index is the same" "$root" "$(crane digest --insecure "$image")"
    for digest in "$amd64" "$arm64"; do
      check "an SBOM" attested $key.pub spdxjson "${image%:*}@$digest"
      check "provenance" attested $key.pub slsaprovenance1 "${image%:*}@$digest"
      equal "by another key" yes "$(attested "$other.pub" spdxjson "${image%:*}@$digest" >/dev/null 2>err || echo yes)"
    done
    check "provenance by tag" attested $key.pub slsaprovenance1 "$image"
    check "waybill verifies them" "$WAYBILL" verify "$image" --all-platforms --key keys/rsa.pub --key "keys/$key.pub"
    equal "all of them" "verified keys/$key.pub" \
      "$("$WAYBILL" verify "$image" --all-platforms --key "keys/$key.pub" --json | jq -r '.signatures[] | "\(.result) \(.key)"' | sort -u)"
    equal "again" "$root: published 0, there already 6" "$("$WAYBILL" sign "$image" --key "keys/$key.key")"
  done
  echo "# the image on $kind"
  image=$host/cosign:1
  check "a signature of all of it" "$WAYBILL" sign "$image" --key keys/cosign.key --image
  attestation=$(crane manifest --insecure "$image" | jq -r '[.manifests[] | select(.annotations["vnd.docker.reference.type"])][0].digest')
  for name in "$image" "${image%:*}@$(platform_digest "$image" arm64)" "${image%:*}@$attestation"; do
    check "cosign verifies $name" signed cosign.pub "$name"
  done
  check "Docker's chain is whole" "$WAYBILL" verify "$image" --all-platforms --chain --key keys/cosign.pub
  check "cosign lists it" cosign tree --allow-http-registry "$image"

  echo "# what is not right on $kind"
  equal "a key that signed nothing" 2 "$(exit_code "$WAYBILL" verify "$image" --platform linux/amd64 --key keys/p384.pub)"
  says "signed: linux/amd64 sha256:"
  push "$host/plain:1"
  equal "an image without a signature" 2 "$(exit_code "$WAYBILL" verify "$host/plain:1" --platform linux/amd64 --key keys/cosign.pub)"
  echo "# by cosign"
  cosign sign --yes --key keys/cosign.key --use-signing-config=false --tlog-upload=false --allow-http-registry "$host/plain@$(crane digest --insecure "$host/plain:1")" 2>err
  check "the index, which stands for its images" "$WAYBILL" verify "$host/plain:1" --all-platforms --key keys/cosign.pub
  # The bundle of an index hung on another image.
  bundle=$(oras discover --plain-http --format json "$host/plain:1" | jq -r '.referrers[0].digest')
  blob=$(crane manifest --insecure "$host/plain@$bundle" | jq -r '.layers[0].digest')
  crane blob --insecure "$host/plain@$blob" >stolen.json
  push "$host/victim:1"
  oras attach --plain-http --artifact-type application/vnd.dev.sigstore.bundle.v0.3+json "$host/victim@$(platform_digest "$host/victim:1" amd64)" \
    stolen.json:application/vnd.dev.sigstore.bundle.v0.3+json >/dev/null
  equal "is still about the first" 0 "$(exit_code "$WAYBILL" verify "$host/plain:1" --all-platforms --key keys/cosign.pub)"
  equal "and no signature of the other" 2 "$(exit_code "$WAYBILL" verify "$host/victim:1" --platform linux/amd64 --key keys/cosign.pub)"
  says "signature: signature $blob: the statement that is signed does not name"
done

echo "# files"
alone=()
if unshare --net true 2>/dev/null; then alone=(unshare --net); fi
"$WAYBILL" export --progress quiet --result sample --output type=oci,tar=false,dest=layout,name=example.com/app:1
before=$(jq -r '.manifests[0].digest' layout/index.json)
check "a layout" "${alone[@]}" "$WAYBILL" sign oci:layout --key keys/ed25519.key --image
check "is verified" "${alone[@]}" "$WAYBILL" verify oci:layout --all-platforms --key keys/ed25519.pub
equal "has the index of before" "$before" "$(jq -r '[.manifests[] | select(.annotations["io.containerd.manifest.subject"] == null)][0].digest' layout/index.json)"
check "copied to a registry" "$WAYBILL" copy --progress quiet oci:layout "$host/from-layout:1"
check "cosign verifies it there" signed ed25519.pub "$host/from-layout:1"

echo "# refusals"
equal "a wrong passphrase" 1 "$(WAYBILL_PASSPHRASE=wrongpassphrase exit_code "$WAYBILL" sign oci:layout --key keys/cosign.key)"
says "key keys/cosign.key: the private key cannot be read with this passphrase"
equal "is not told" 0 "$(grep -c wrongpassphrase err || true)"
equal "a key that cosign refuses" 1 "$(exit_code "$WAYBILL" sign oci:layout --key keys/p521.key)"
says "secp521r1"
equal "nothing of the type" 1 "$(exit_code "$WAYBILL" sign oci:layout --key keys/rsa.key --type vex)"
equal "a dry run" 0 "$(exit_code "$WAYBILL" sign oci:layout --key keys/rsa.key --dry-run)"
equal "signs nothing" 2 "$(exit_code "$WAYBILL" verify oci:layout --all-platforms --key keys/rsa.pub)"
