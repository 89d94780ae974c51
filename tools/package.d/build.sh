#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds an optimised waybill with few shared libraries, and prints where it is. gRPC, protobuf, Abseil, RE2, libdeflate and libsodium come from
# Debian's static libraries, because nothing else on most machines uses them and loading them takes most of the time that waybill needs to start.
# OpenSSL, libcurl, zlib, Zstandard and c-ares, which read what strangers send, stay shared, so that Debian's updates reach them.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."
# A folder that has static libraries and no shared ones: the linker finds them there first. It stays, for Bazel's cache.
folder=$(bazel info output_base 2>/dev/null)/static_libraries
rm -rf "$folder"
mkdir -p "$folder"
libraries=/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)
for name in absl_\* grpc grpc++ grpc++_reflection gpr upb address_sorting protobuf re2 deflate sodium; do
  ln -s "$libraries"/lib$name.a "$folder/"
done
bazel build -c opt --linkopt="-L$folder" --linkopt=-lupb --linkopt=-laddress_sorting --linkopt=-lcares --noshow_progress \
  --ui_event_filters=-info //tools/cli:waybill >&2
echo "$(bazel info -c opt --ui_event_filters=-info bazel-bin 2>/dev/null)/tools/cli/waybill"
