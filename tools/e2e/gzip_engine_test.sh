#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# gzip-engine=fast: one member that every reader reads, the same from the service, and refused where it means nothing.
# shellcheck disable=SC2154  # registry_pids comes from registries.sh
set -euo pipefail
source tools/e2e/registries.sh
source tools/e2e/one_layer.sh
need_peers go-gzip
work=$TEST_TMPDIR

fail() {
  echo "FAIL: $*"
  exit 1
}
# fast LAYOUT OPTION...   Converts the image to a layout.
fast() { "$WAYBILL" export --progress quiet --from "oci:$work/image" "${@:2}" -o "type=oci,tar=false,dest=$1,force-compression=true,gzip-engine=fast,source-date-epoch=1700000000"; }
# reads READER COMMAND...   The command gives the layer's archive.
reads() {
  local sum
  sum=$("${@:2}" <"$layer" | sha256sum | cut -d' ' -f1) || fail "$1 does not read the layer"
  [ "$sum" = "$diff_id" ] || fail "$1 reads $sum, and the diff id is $diff_id"
  echo "ok  $1"
}

# Programs and texts, enough for several pieces and a rest.
tar --sort=name -C / -cf "$work/layer.tar" usr/bin/bash usr/bin/tar usr/share/perl5 usr/bin/git 2>/dev/null || true
truncate -s 9000007 "$work/layer.tar"
diff_id=$(sha256sum "$work/layer.tar" | cut -d' ' -f1)
image_of_layers "$work/image" "$work/layer.tar"
fast "$work/converted"
layer=$(only_layer "$work/converted")
[ "$(stat -c %s "$layer")" -lt 9000007 ] || fail "the layer did not become smaller"

gzip -t <"$layer" || fail "gzip -t"
reads "gzip" gzip -dc
reads "Python's gzip" python3 -c 'import gzip, shutil, sys; shutil.copyfileobj(gzip.GzipFile(fileobj=sys.stdin.buffer), sys.stdout.buffer)'
reads "Python's zlib, one member" python3 -c '
import sys, zlib
reader = zlib.decompressobj(wbits=31)
sys.stdout.buffer.write(reader.decompress(sys.stdin.buffer.read()) + reader.flush())
assert reader.eof and not reader.unused_data'
reads "Go's compress/gzip, one member" go-gzip unpack
if command -v javac >/dev/null; then
  cat >"$work/Unpack.java" <<'JAVA'
import java.util.zip.Inflater;

class Unpack {
  public static void main(String[] arguments) throws Exception {
    byte[] member = System.in.readAllBytes();
    Inflater inflater = new Inflater(true);
    inflater.setInput(member, 10, member.length - 10);
    byte[] buffer = new byte[1 << 16];
    for (int count; (count = inflater.inflate(buffer)) > 0; ) System.out.write(buffer, 0, count);
    System.out.flush();
    if (!inflater.finished() || inflater.getRemaining() != 8) throw new Exception("something else follows the deflate data");
  }
}
JAVA
  reads "Java's Inflater, one member" java "$work/Unpack.java"
else
  echo "--  Java's Inflater: there is no Java"
fi

echo "# the service"
socket=$(mktemp -u /tmp/waybill-XXXXXX.sock) # a socket's path must be short
"$WAYBILL" serve --listen "unix://$socket" --root "$work/state" 2>"$work/serve.log" &
registry_pids+=($!)
eventually grep -qs '^listening' "$work/serve.log" || fail "the service does not start: $(cat "$work/serve.log")"
fast "$work/remote" --addr "unix://$socket"
diff -r "$work/converted" "$work/remote" || fail "the service makes other bytes"

echo "# errors"
# refused OPTIONS TEXT
refused() {
  local code=0
  "$WAYBILL" export --progress quiet --from "oci:$work/image" -o "type=oci,dest=$work/refused.tar,$1" 2>"$work/error" || code=$?
  [ $code = 1 ] || fail "$1: exit code $code"
  grep -qF "$2" "$work/error" || fail "$1: $(cat "$work/error")"
}
refused gzip-engine=quick 'invalid gzip-engine "quick": one of exact, fast is expected'
refused gzip-engine=fast,compression=zstd '"gzip-engine=fast" conflicts with "compression=zstd"'
refused gzip-engine=fast,compression=estargz '"gzip-engine=fast" conflicts with "compression=estargz"'
refused gzip-engine=fast,force-compression=true,compression-level=10 'gzip: invalid compression level: 10'
