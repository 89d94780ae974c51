#!/bin/bash
# Makes this folder's result bundle (docs/result-directory.md) from a recorded case: two platforms, each with an SBOM and provenance.
# usage: testdata/sample/make.sh [FOLDER OF GOLDEN CASES]
set -euo pipefail
here=$(dirname "$(realpath "$0")")
golden=${1:-$here/../golden}
case=$golden/cases/oci-multi-sbom-prov-artifact.json

rm -rf "$here/blobs" "$here/result.json"
mkdir -p "$here/blobs/sha256"
jq .result "$case" >"$here/result.json"
jq -r '[.refs[].layers[].digest, (.metadata[] | .blob?), (.attestations[][] | .content?, .files[]?)] | map(values) | unique[]' "$here/result.json" |
  sed 's/^sha256://' |
  while read -r hex; do
    install -m 644 "$golden/blobs/$hex" "$here/blobs/sha256/$hex"
    echo "$hex  $here/blobs/sha256/$hex" | sha256sum --check --quiet
  done
