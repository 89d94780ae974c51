#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The provenance of the image, a predicate of SLSA v1: the commit, and the Debian packages that went into it. It names no time and no machine, so
# that the image is the same wherever it is made.
# usage: provenance.sh BINARY FILE      FILE has the names of the packages, one per line
set -euo pipefail
readonly binary=$1 owners=$2
here=$(dirname "$0")
{
  cat "$owners"
  "$here/static.sh" "$binary" | cut -d ' ' -f 1
} | xargs dpkg-query -W -f '${Package} ${Version} ${Architecture}\n' | sort -u |
  jq -Rn --arg commit "$SOURCE_COMMIT" --arg compiler "$("$binary" version --json | jq -r .compiler)" '{
    buildDefinition: {
      buildType: "urn:waybill:package:v1",
      externalParameters: {script: "tools/package", commit: $commit},
      internalParameters: {compiler: $compiler},
      resolvedDependencies: ([{name: "source", uri: "urn:waybill:source", digest: {gitCommit: $commit}}] + [inputs | split(" ") |
        {name: .[0], uri: ("pkg:deb/debian/" + (.[0] | @uri) + "@" + (.[1] | @uri) + "?arch=" + .[2] + "&distro=debian-12")}])
    },
    runDetails: {builder: {id: "urn:waybill:tools:package"}}
  }'
