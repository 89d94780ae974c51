#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: tools/peers/install.sh [group...]     (no argument: every group; `--list` names them)
#
# Builds the real programs that the end-to-end tests talk to and puts them, outside the tree, into
# ${WAYBILL_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/waybill/peers}/bin. A group is a folder here that holds a Go module;
# its go.mod and go.sum pin the version and everything it is built from; or a debian.txt, which names packages of Debian
# to take programs from without installing them, as their services would start. A group that is there already in this
# version is left alone. Says nothing when there is nothing to do.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
peers=${WAYBILL_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/waybill/peers}

groups() { for made_of in "$here"/*/go.mod "$here"/*/debian.txt; do basename "$(dirname "$made_of")"; done; }

# What the group is made of: changes when a pin or the Go toolchain does.
stamp_of() {
  { go env GOVERSION; find "$here/$1" -type f | sort | xargs cat; } | sha256sum | cut -d' ' -f1
}

# Programs of a group "name-vN" are linked as "program-vN", beside those of the current version.
link() {
  case $1 in *-v*) suffix=-v${1##*-v} ;; *) suffix= ;; esac
  for program in "$peers/$1"/*; do
    ln -sfn "../$1/$(basename "$program")" "$peers/bin/$(basename "$program")$suffix"
  done
}

# build GROUP   With Go.
build() { cd "$here/$1" && GOFLAGS=-buildvcs=false go build -mod=readonly -o "$peers/$1/" tool; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# unpack GROUP   From Debian's packages, of the versions that the system would install.
unpack() (
  list=$(sed -e 's/#.*//' -e '/^$/d' "$here/$1/debian.txt")
  packages=$(echo "$list" | cut -d' ' -f1)
  downloads=$(mktemp -d) && cd "$downloads" || return 1
  trap 'rm -r "$downloads"' EXIT
  # The package lists of a fresh machine are empty or old.
  # shellcheck disable=SC2086
  apt-get -q download $packages || { as_root apt-get -q update && apt-get -q download $packages; } || return 1
  echo "$list" | while read -r package files; do
    for file in $files; do
      program=$peers/$1/${file##*/}
      dpkg-deb --fsys-tarfile "$package"_*.deb | tar -xO "./$file" >"$program" && chmod +x "$program" || return 1
    done
  done
)

install_group() {
  groups | grep -qxF -- "$1" || { echo "install.sh: no such group: $1 (there are: $(groups | tr '\n' ' '))" >&2; exit 2; }
  stamp=$(stamp_of "$1")
  [ "$(cat "$peers/stamps/$1" 2>/dev/null)" = "$stamp" ] && return
  rm -rf "${peers:?}/$1"
  mkdir -p "$peers/$1" "$peers/bin" "$peers/stamps"
  log=$peers/$1.log
  if [ -f "$here/$1/go.mod" ]; then
    echo "building $1 ($(sed -n 's/^require //p' "$here/$1/go.mod" | head -n 1))" >&2
    how=build
  else
    echo "unpacking $1" >&2
    how=unpack
  fi
  ("$how" "$1") >"$log" 2>&1 || {
    cat "$log" >&2
    echo "install.sh: $how $1 failed" >&2
    exit 1
  }
  rm "$log"
  link "$1"
  echo "$stamp" >"$peers/stamps/$1"
}

if [ "${1:-}" = --list ]; then
  groups
  exit
fi
command -v go >/dev/null || {
  echo "install.sh: Go is not installed: the peers of the end-to-end tests are Go programs (1.26.8 or newer)" >&2
  exit 1
}
mkdir -p "$peers"
exec 9>"$peers/lock"
flock 9
# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $(groups)
for group; do install_group "$group"; done
