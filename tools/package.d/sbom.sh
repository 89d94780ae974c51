#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The SBOM of the image, in SPDX 2.3: waybill, the Debian packages whose files are in it, and those whose code the binary contains.
# usage: sbom.sh BINARY FILE      FILE has the names of the packages, one per line
set -euo pipefail
readonly binary=$1 owners=$2
here=$(dirname "$0")
version=$("$binary" --version | sed 's/^waybill //')
# One object for each package: what relates it to waybill, and how Debian calls it.
packages() {
  local form='${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n'
  xargs dpkg-query -W -f "$form" <"$owners" | sort -u | sed 's/^/DEPENDS_ON\t/'
  "$here/static.sh" "$binary" | sed -n 's/^\([^ ]*\) .*$/\1/p' | xargs dpkg-query -W -f "$form" | sort -u | sed 's/^/STATIC_LINK\t/'
}
packages | jq -Rn --arg version "$version" --arg commit "$SOURCE_COMMIT" --arg digest "$(sha256sum "$binary" | cut -d ' ' -f 1)" \
  --arg created "$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)" '
  def id: "SPDXRef-Package-" + gsub("[^a-zA-Z0-9.-]"; "-");
  def relation($from; $type; $to): {spdxElementId: $from, relationshipType: $type, relatedSpdxElement: $to};
  [inputs | split("\t") | {relation: .[0], name: .[1], version: .[2], architecture: .[3], source: .[4], source_version: .[5]}] as $packages |
  {
    spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT", name: "waybill",
    documentNamespace: ("urn:waybill:sbom:" + $version + ":" + $commit + ":" + $digest),
    creationInfo: {created: $created, creators: ["Tool: tools/package of waybill-" + $version]},
    packages: ([{
      SPDXID: ("waybill" | id), name: "waybill", versionInfo: $version, downloadLocation: "NOASSERTION", filesAnalyzed: false,
      licenseConcluded: "NOASSERTION", licenseDeclared: "Apache-2.0", copyrightText: "NOASSERTION", primaryPackagePurpose: "APPLICATION",
      supplier: "NOASSERTION"
    }] + ($packages | map({
      SPDXID: (.name | id), name, versionInfo: .version, downloadLocation: "NOASSERTION", filesAnalyzed: false,
      licenseConcluded: "NOASSERTION", licenseDeclared: "NOASSERTION", copyrightText: "NOASSERTION", supplier: "Organization: Debian",
      sourceInfo: ("built from " + .source + " " + .source_version),
      externalRefs: [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl",
        referenceLocator: ("pkg:deb/debian/" + (.name | @uri) + "@" + (.version | @uri) + "?arch=" + .architecture + "&distro=debian-12")}]
    }))),
    relationships: ([relation("SPDXRef-DOCUMENT"; "DESCRIBES"; "waybill" | id)] +
      ($packages | map(relation("waybill" | id; .relation; .name | id))))
  }'
