#!/usr/bin/env bash
# Writes sparse.tar: a file of thirty pieces with holes between them, in each form in which GNU tar writes it, and a
# plain file after each. Run in this directory.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for piece in $(seq 30); do
  printf '%s' "$piece" | dd of="$work/holes" bs=512 seek=$((piece * 2)) conv=notrunc status=none
done
truncate --size=1M "$work/holes" # tar asks the file system first whether there are any
printf after >"$work/after"
: >sparse.tar
archive() {
  local name=$1
  shift
  tar --create --sparse --hole-detection=raw --blocking-factor=1 --directory="$work" --transform="s,^,$name/," \
    --owner=0 --group=0 --mtime=@0 "$@" holes after | head --bytes=-1024 >>sparse.tar
}
archive gnu --format=gnu
for version in 0.0 0.1 1.0; do
  archive "$version" --format=pax --sparse-version="$version" --pax-option=delete=atime,delete=ctime
done
head --bytes=1024 /dev/zero >>sparse.tar
