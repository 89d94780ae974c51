#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What users write by mistake: keys that nothing reads, files of another kind, words that are none. Each is answered with
# one line that says what it is and what to write instead.
set -euo pipefail

work=$TEST_TMPDIR
export HOME=$work
# Result directories have no symbolic links; the files of a test are some.
cp -RL testdata/sample "$work/sample"
cp -RL testdata/documents "$work/documents"

fail() {
  echo "FAIL: $*"
  exit 1
}
# expect CODE TEXT ARGUMENT...   waybill ends with the code, and the last line of its error has the text.
expect() {
  local code=$1 text=$2 got=0
  shift 2
  "$WAYBILL" "$@" 2>"$work/error" >/dev/null </dev/null || got=$?
  [ "$got" = "$code" ] || fail "exit code $got instead of $code: waybill $* ($(cat "$work/error"))"
  [ -z "$text" ] || grep -qF -- "$text" "$work/error" || fail "no \"$text\" in: $(cat "$work/error")"
  [ "$code" = 0 ] || [ "$(wc -l <"$work/error")" = 1 ] || fail "more than one line: $(cat "$work/error")"
}
# output CODE TEXT OUTPUT   An export of the sample with this --output.
output() { expect "$1" "$2" export --progress quiet --result "$work/sample" --output "$3" "${@:4}"; }
from() { expect 1 "$1" export --progress quiet --from "$2" --output type=oci,dest=/dev/null; }
attest() { expect "$1" "$2" export --progress quiet --result "$work/sample" --output type=oci,dest=/dev/null --attest "$3"; }

echo "# keys that nothing reads"
oci=type=oci,dest=/dev/null
output 1 "annotations.foo is no key of type=oci, and nothing reads it; did you mean annotation.foo?" "$oci,annotations.foo=bar"
output 1 "did you mean annotation.foo?" "$oci,anotation.foo=bar"
output 1 "did you mean annotation.foo?" "$oci,annotation:foo=bar"
output 1 "did you mean annotation-index.foo?" "$oci,index:foo=bar"
output 1 "did you mean annotation[linux/amd64].foo?" "$oci,annotation[linux/amd64]foo=bar"
output 1 "did you mean dest?" "type=oci,dset=$work/x.tar"
output 1 "did you mean registry.insecure?" "type=image,insecure=true"
output 1 "did you mean oci-artifact?" "$oci,oci-artefact=true"
output 1 "foo is no key of type=oci, and nothing reads it (metadata.KEY= sets metadata of the result, and --allow-unknown makes this a warning)" "$oci,foo=bar"
output 0 "foo is no key of type=oci, and nothing reads it" "$oci,foo=bar" --allow-unknown
output 0 "" "$oci,metadata.foo=bar"
[ ! -s "$work/error" ] || fail "a warning about what is meant: $(cat "$work/error")"

echo "# annotations"
output 0 "keys of --output are in lower case" "type=oci,dest=$work/lower.tar,annotation.org.Example=X"
output 0 "" "type=oci,dest=$work/kept.tar" --annotation org.Example=X --annotation "index,manifest-descriptor[linux/amd64]:k=V"
mkdir "$work/kept"
tar -C "$work/kept" -xf "$work/kept.tar"
index=$work/kept/blobs/sha256/$(jq -r '.manifests[0].digest' "$work/kept/index.json" | cut -d: -f2)
[ "$(jq -r '.annotations.k' "$index")" = V ] || fail "no annotation of the index: $(cat "$index")"
[ "$(jq -r '[.manifests[] | select(.annotations.k == "V") | .platform.architecture] | join(" ")' "$index")" = amd64 ] ||
  fail "the annotation of one platform: $(cat "$index")"
image=$work/kept/blobs/sha256/$(jq -r '.manifests[0].digest' "$index" | cut -d: -f2)
[ "$(jq -r '.annotations["org.Example"]' "$image")" = X ] || fail "the case is lost: $(cat "$image")"
expect 1 "invalid annotation \"foo\"" export --result "$work/sample" -o type=image --annotation foo

echo "# outputs"
output 1 "did you mean type=oci?" type=ocii
output 1 "did you mean type=oci?" type=OCI,dest=x
output 1 "invalid value oci; did you mean type=oci?" oci,dest=x
output 1 "type is required for output: write type=TYPE,dest=x" dest=x
echo bytes >"$work/out.tar"
output 1 "destination directory $work/out.tar is a file; did you mean type=oci,dest=$work/out.tar?" "$work/out.tar"

echo "# images and results"
"$WAYBILL" export --progress quiet --result "$work/sample" -o "type=oci,dest=$work/image.tar" -o "type=oci,tar=false,dest=$work/layout"
gzip -k "$work/image.tar"
from "write --from oci:$work/layout" "oci-archive:$work/layout"
from "write --from oci-archive:$work/image.tar" "oci:$work/image.tar"
from "write --from oci-archive:$work/image.tar" "$work/image.tar"
from "write --from oci:$work/layout" "$work/layout"
from "write --result $work/sample" "oci:$work/sample"
from "is a compressed file" "oci-archive:$work/image.tar.gz"
from "is a file that is no archive" "oci-archive:$work/sample/result.json"
from "$work/none: No such file or directory" "oci:$work/none"
from "did you mean docker://localhost:5000/app:1?" localhost:5000/app:1
from "skopeo copy docker-daemon:app:1 oci-archive:FILE" docker-daemon:app:1
expect 1 "write --from oci:$work/layout" export --result "$work/layout" -o type=image
expect 1 "write --from oci-archive:$work/image.tar" export --result "$work/image.tar" -o type=image
expect 1 "write --result $work/sample" export --result "$work/sample/result.json" -o type=image

echo "# statements"
attest 1 "byte order mark (BOM)" "type=sbom,path=$work/documents/bom.spdx.json"
attest 1 "it is UTF-16, and JSON is UTF-8: iconv -f UTF-16 -t UTF-8 converts it" "type=sbom,path=$work/documents/utf16.spdx.json"
attest 1 "it is an SPDX 3 document" "type=sbom,path=$work/documents/spdx3.json"
attest 0 "" "type=https://spdx.dev/Document/v3,path=$work/documents/spdx3.json"
attest 1 "it is SPDX in tag-value form, and JSON is wanted" "type=sbom,path=$work/documents/tag-value.spdx"
attest 1 "it is CycloneDX in XML, and JSON is wanted" "type=sbom,path=$work/documents/cyclonedx.xml"
attest 1 "it is YAML, and JSON is wanted" "type=sbom,path=$work/documents/spdx.yaml"
attest 1 "it is an OpenVEX document" "type=sbom,path=$work/documents/openvex.json"
attest 1 "did you mean sbom?" "type=sbon,path=$work/documents/openvex.json"
attest 0 "" "type=vex,path=$work/documents/openvex.json"
mkfifo "$work/pipe"
attest 1 "$work/pipe is a pipe or device: write what it gives to a file, and name the file" "type=sbom,path=$work/pipe"
attest 1 "standard input is not read" "type=sbom,path=-"
"$WAYBILL" export --progress quiet --result "$work/sample" -o "type=oci,tar=false,dest=$work/vexed" --attest "type=openvex,path=$work/documents/openvex.json"
grep -rqF '"predicateType":"https://openvex.dev/ns"' "$work/vexed/blobs/sha256" || fail "no statement of OpenVEX's type"

echo "# help"
expect 1 "waybill: unknown command nonsense; see waybill --help" help nonsense
expect 1 "unknown command srve (did you mean serve?); see waybill registry --help" help registry srve
expect 1 "a command is wanted: "
expect 1 "is no HOST/REPO, such as 127.0.0.1:5000/app" registry probe http://localhost:5000/app
"$WAYBILL" help registry serve | grep -q -- "--list-faults" || fail "no help of registry serve"
echo ok
