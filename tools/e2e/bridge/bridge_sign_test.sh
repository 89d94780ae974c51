#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A bake file that signs, through the bridge, with the operator's keys: cosign verifies it, the index stays the same, and
# what cannot be done fails with the reason, an unknown key before the build begins. Secrets get nowhere.
# shellcheck disable=SC2154 # host, daemon, bridge are set by the functions that start them
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
# shellcheck source=tools/e2e/canary.sh
. tools/e2e/canary.sh
need_peers buildkitd buildctl buildx olareg crane cosign
need_buildkit

tree=$PWD
cp -rL testdata/keys "$TEST_TMPDIR"
cd "$TEST_TMPDIR"
echo wayward >passphrase
make_canaries secrets
mkdir app
printf 'FROM scratch\nCOPY Dockerfile /\n' >app/Dockerfile
start_registry olareg
start_daemon daemon
start_bridge signing "$daemon" --metrics "unix://$sockets/metrics.sock" --signing-key release=keys/cosign.key,passphrase \
  --signing-key other=keys/ed25519.key --signing-key canary=secrets/encrypted.pem,secrets/passphrase
export BUILDX_CONFIG=$TEST_TMPDIR/buildx
buildx create --name bridge --driver remote "$bridge" >/dev/null
# bake TAG OPTIONS   An image of two platforms with provenance.
bake() {
  cat >docker-bake.hcl <<HCL
target "default" {
  context = "app"
  platforms = ["linux/amd64", "linux/arm64"]
  attest = ["type=provenance,mode=max"]
  output = ["type=registry,name=$host/app:$1,oci-artifact=true${2:+,$2}"]
}
HCL
  SOURCE_DATE_EPOCH=0 timeout 300 buildx --builder bridge bake --metadata-file bake.json >bake.log 2>&1
}
attested() { cosign verify-attestation --key keys/cosign.pub --insecure-ignore-tlog --allow-http-registry --type slsaprovenance1 "$1"; }

echo "--- signed by the operator's key"
bake 1 "sign=release,sign-image=true,verify=true" || fail "$(cat bake.log)"
check "cosign verifies the provenance by tag" attested "$host/app:1"
for digest in $(crane manifest --insecure "$host/app:1" | jq -r '.manifests[] | select(.platform.os == "linux") | .digest'); do
  check "and by digest" attested "$host/app@$digest"
done
check "Docker's chain is whole" "$WAYBILL" verify "$host/app:1" --all-platforms --chain --key keys/cosign.pub
equal "the client is told the index" "$(crane digest --insecure "$host/app:1")" "$(jq -r '.default."containerimage.digest"' bake.json)"

echo "--- two archives of one build, with and without other forms"
build "$bridge" app --opt attest:provenance=mode=max --output "type=oci,oci-artifact=true,dest=plain.tar,name=example.com/app:1" \
  --output "type=oci,oci-artifact=true,sign=other,dest=app.tar,name=example.com/app:1" >archive.log 2>&1 || fail "$(cat archive.log)"
check "the images are verified" "$WAYBILL" verify oci-archive:app.tar --all-platforms --key keys/ed25519.pub
index() { tar -xOf "$1" index.json | jq -r '[.manifests[] | select(.annotations["io.containerd.manifest.subject"] == null) | .digest] | join(" ")'; }
equal "the index is the same" "$(index plain.tar)" "$(index app.tar)"
equal "without a key there are no other forms" 1 "$(tar -xOf plain.tar index.json | jq '.manifests | length')"

echo "--- what cannot be done"
! bake 2 "sign=nobody" || fail "signed by nobody"
grep -q 'the operator has no key "nobody"' bake.log || fail "$(cat bake.log)"
! grep -q COPY bake.log || fail "the build began: $(cat bake.log)"
! bake 2 "sign=pkcs11:object=o?pin-value=$canary_pin" || fail "a PIN in an option"
grep -q 'a PIN stands in no option' bake.log || fail "$(cat bake.log)"
! bake 2 "require=sbom" || fail "an SBOM that is not there"
grep -q 'exporter option "require": linux/amd64' bake.log || fail "$(cat bake.log)"
! crane digest --insecure "$host/app:2" >/dev/null 2>&1 || fail "the tag is there"
! build "$bridge" app --opt attest:provenance=mode=max --output "type=oci,tar=false,sign=other,dest=layout" >layout.log 2>&1 || fail "a layout of the client"
grep -q "need a push or an archive" layout.log || fail "$(cat layout.log)"
! grep -rq wayward ./*.log || fail "the passphrase is told"

echo "--- secrets"
bake 3 "sign=canary,sign-image=true" || fail "$(cat bake.log)"
check "cosign verifies what the canary signed" cosign verify --key secrets/key.pub --insecure-ignore-tlog --allow-http-registry "$host/app:3"
(cd "$tree" && no_canary_in_core "$TEST_TMPDIR/secrets" "$bridge_pid")
curl -sS --unix-socket "$sockets/metrics.sock" http://localhost/metrics >metrics
grep -q waybill_exports metrics || fail "no metrics"
# What the user wrote, with a PIN in it, is the user's: not so what the bridge made of it.
rm docker-bake.hcl
no_canary secrets ./*.log bake.json metrics layout
! "$WAYBILL" bridge --listen "unix://$sockets/refused.sock" --upstream "$daemon" --signing-key "canary=secrets/encrypted.pem,secrets/wrong" >refused.log 2>&1 ||
  fail "a wrong passphrase"
grep -q "cannot be read with this passphrase" refused.log || fail "$(cat refused.log)"
no_canary secrets refused.log
echo ok
