# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by the end-to-end tests that stop exports: OCI layouts are whole, or `fail` of the script says what is not.

# whole_blob FILE   It has the digest that it is named by.
whole_blob() { [ ! -e "$1" ] || [ "$(sha256sum <"$1" | cut -d' ' -f1)" = "${1##*/}" ] || fail "$1 is torn"; }

# whole_layout DIRECTORY   Its index can be read, and everything under it is there and has its digest.
whole_layout() {
  local blob document
  jq -e '.imageLayoutVersion == "1.0.0"' "$1/oci-layout" >/dev/null || fail "oci-layout is torn"
  jq -e '.manifests | length > 0' "$1/index.json" >/dev/null || fail "index.json is torn"
  for blob in "$1"/blobs/sha256/*; do whole_blob "$blob"; done
  for document in $(jq -r '.manifests[].digest' "$1/index.json"); do
    document=$1/blobs/sha256/${document#sha256:}
    [ -e "$document" ] || fail "$document is missing"
    for blob in $(jq -r '.config.digest?, .layers[]?.digest, .manifests[]?.digest' "$document"); do
      [ "$blob" = null ] || [ -e "$1/blobs/sha256/${blob#sha256:}" ] || fail "$blob is missing"
    done
  done
}
