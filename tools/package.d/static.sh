#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The Debian packages whose code the binary contains, one per line: package, source package, version of the source, and "code" (from a static
# library) or "headers".
# usage: static.sh BINARY
set -euo pipefail
needed=$(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
# tell KIND PACKAGE...
tell() { dpkg-query -W -f "\${Package} \${source:Package} \${source:Version} $1\n" "${@:2}"; }
# A library is static where the binary does not name it.
# static LIBRARY PACKAGE
static() { grep -q "^lib$1\.so" <<<"$needed" || tell code "$2"; }
static absl_strings libabsl-dev
static grpc++ libgrpc++-dev
static protobuf libprotobuf-dev
static re2 libre2-dev
static deflate libdeflate-dev
static sodium libsodium-dev
static tomlplusplus libtomlplusplus-dev
tell headers libboost1.74-dev libcli11-dev nlohmann-json3-dev
