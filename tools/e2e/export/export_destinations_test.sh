#!/bin/bash
# Where waybill export writes to: what a shell can name, several outputs at once, the metadata file; and that a wrong output is found
# before anything is written.
set -euo pipefail

# shellcheck source=tools/e2e/eventually.sh
. tools/e2e/eventually.sh
work=$TEST_TMPDIR
export TMPDIR=$work/tmp
mkdir "$TMPDIR" "$work/out"
cp -RL testdata/sample "$work/sample"
options=name=example.com/app:1,source-date-epoch=1700000000

fail() {
  echo "FAIL: $*"
  exit 1
}
expect() { # CODE TEXT COMMAND...: it fails with the code and says the text.
  local code=$1 text=$2 got=0
  shift 2
  "$@" 2>"$work/error" >/dev/null || got=$?
  [ "$got" = "$code" ] || fail "exit code $got instead of $code: $* ($(cat "$work/error"))"
  grep -qF -- "$text" "$work/error" || fail "no \"$text\" in: $(cat "$work/error")"
}
nothing_written() { [ -z "$(ls -A "$work/out")" ] || fail "$1: there is $(ls -A "$work/out")"; }
export_sample() { "$WAYBILL" export --progress quiet --result "$work/sample" "$@"; }

export_sample -o "type=oci,dest=$work/a.tar,$options"

# Everything that only a stream can go to.
export_sample -o "type=oci,dest=/dev/null,$options"
[ -c /dev/null ] || fail "/dev/null was replaced"
export_sample -o "type=oci,dest=/dev/stdout,$options" | cmp - "$work/a.tar"
export_sample -o "type=oci,dest=/dev/fd/3,$options" 3>"$work/fd.tar"
cmp "$work/fd.tar" "$work/a.tar"
mkfifo "$work/fifo"
cmp "$work/fifo" "$work/a.tar" &
reader=$!
export_sample -o "type=oci,dest=$work/fifo,$options"
wait $reader
export_sample -o "type=oci,dest=">(cat >"$work/substituted.tar.part"; mv "$work/substituted.tar.part" "$work/substituted.tar")",$options"
eventually test -e "$work/substituted.tar"
cmp "$work/substituted.tar" "$work/a.tar"
ln -s a.tar "$work/link.tar"
export_sample -o "type=oci,dest=$work/link.tar,$options"
[ -L "$work/link.tar" ] || fail "a symbolic link was replaced"
expect 6 "write /dev/full: No space left on device" export_sample -o "type=oci,dest=/dev/full,$options"
expect 1 "/dev/fd/42: it is not open" export_sample -o "type=oci,dest=/dev/fd/42"

# The metadata file.
export_sample -o "type=oci,dest=$work/b.tar,$options" --metadata-file "$work/m.json"
for file in - /dev/stdout /dev/fd/1; do
  export_sample -o "type=oci,dest=$work/b.tar,$options" --metadata-file $file | cmp - "$work/m.json"
done
(echo before; export_sample -o "type=oci,dest=$work/b.tar,$options" --metadata-file /dev/stdout; echo; echo after) >"$work/all"
[ "$(head -n 1 "$work/all") $(tail -n 1 "$work/all")" = "before after" ] || fail "the file that standard output is was replaced"
[ ! -e ./- ] || fail "there is a file named -"
expect 1 "--metadata-file -: an output goes to the same place" export_sample -o type=oci,dest=- --metadata-file -
expect 1 "--metadata-file $work/out/x: an output goes to the same place" export_sample -o "type=oci,dest=$work/out/x" --metadata-file "$work/out/x"
expect 1 "--metadata-file $work/none/m.json: create $work/none/m.json" export_sample -o "type=oci,dest=$work/out/x" --metadata-file "$work/none/m.json"
nothing_written "metadata"

# A wrong output, wherever it stands, before anything is written.
first="type=oci,dest=$work/out/first.tar,$options"
expect 1 "non-bool value specified for oci-artifact" export_sample -o "$first" -o "type=oci,dest=$work/out/o.tar,oci-artifact=maybe"
expect 1 "exporter \"bogus\" could not be found" export_sample -o "$first" -o type=bogus
expect 1 "exporter \"bogus\" could not be found" export_sample --addr unix:///nobody -o "$first" -o type=bogus
expect 1 "destination directory $work/a.tar is a file" export_sample -o "$first" -o "$work/a.tar"
expect 1 "needs an image store" export_sample -o "$first" -o type=image,unpack=true
expect 1 "another output goes to the same file" export_sample -o "$first" -o "type=docker,dest=$work/out/./first.tar"
expect 1 "$work/out/none/x.tar: No such file or directory" export_sample -o "$first" -o "type=docker,dest=$work/out/none/x.tar"
WAYBILL_CONFIG=$work/none expect 1 "$work/none" export_sample -o "$first" -o type=registry,name=127.0.0.1:1/a
nothing_written "a wrong output"

# An output that fails later: those before it are done, and described.
expect 6 "/dev/full" export_sample -o "$first" -o "type=oci,dest=/dev/full,$options" --metadata-file "$work/out/m.json"
[ "$(jq -r '."containerimage.digest"' "$work/out/m.json")" = "$(tar -xOf "$work/out/first.tar" index.json | jq -r '.manifests[0].digest')" ] ||
  fail "the metadata file does not tell of the first output"
rm "$work"/out/*

# What became of each output is said, but not in --progress quiet, and nothing but archives goes to standard output.
"$WAYBILL" export --progress plain --result "$work/sample" -o "$first" -o "type=oci,dest=-,$options" 2>"$work/plain" | cmp - "$work/a.tar"
digest=$(tar -xOf "$work/a.tar" index.json | jq -r '.manifests[0].digest')
grep -qF "oci $work/out/first.tar done: wrote $digest" "$work/plain" || fail "no word of the file in: $(cat "$work/plain")"
grep -qF "oci - done: wrote $digest" "$work/plain" || fail "no word of standard output in: $(cat "$work/plain")"
[ -z "$(export_sample -o type=image 2>&1)" ] || fail "quiet speaks"

# A directory for temporary files that is not there is not made.
for directory in "$work/no-tmp" no-tmp; do
  TMPDIR=$directory expect 1 "TMPDIR: open directory $directory: No such file or directory" export_sample -o type=image
  [ ! -e "$directory" ] || fail "$directory was made"
done

[ -z "$(ls -A "$TMPDIR")" ] || fail "temporary files stay: $(ls -A "$TMPDIR")"
