#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: tools/peers/install.sh [--large] [group...]
#        no group: every one; `--list` names them, `--check` says whether Go will do; `--large` means those of large/, which only .ci/nightly needs
#
# Builds the real programs that the end-to-end tests talk to and puts them, outside the tree, into
# ${WAYBILL_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/waybill/peers}/bin. A group is a folder here that holds a Go module;
# its go.mod and go.sum pin the version and everything it is built from; or a debian.txt, which names packages of Debian
# to take programs from without installing them, as their services would start. A group that is there already in this
# version is left alone, and one that cannot be made leaves what was there. Says nothing when there is nothing to do.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
[ "${1:-}" != --large ] || { here=$here/large && shift; }
peers=${WAYBILL_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/waybill/peers}

groups() { for made_of in "$here"/*/go.mod "$here"/*/debian.txt; do [ ! -e "$made_of" ] || basename "$(dirname "$made_of")"; done; }

# Fails, and says why, without a Go that is new enough for every group, or that can fetch the one that is.
check_go() {
  newest=$(sed -n 's/^go \([0-9.]*\)$/\1 &/p' "$here"/*/go.mod | sort -V | tail -n 1 | cut -d' ' -f1)
  command -v go >/dev/null || { echo "Go is not installed; the peers of the end-to-end tests need $newest or newer" >&2; return 1; }
  module=$(dirname "$(grep -lxF "go $newest" "$here"/*/go.mod | head -n 1)")
  found=$(cd "$module" && go env GOVERSION) || return 1
  [ "$(printf '%s\n' "$newest" "${found#go}" | sort -V | head -n 1)" = "$newest" ] ||
    { echo "$(command -v go) is $found; the peers of the end-to-end tests need $newest or newer" >&2; return 1; }
}

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

# build GROUP FOLDER   With Go, without what only debuggers need: less to compile and to link. build.env holds settings of Go's that a group needs.
# shellcheck disable=SC2046
build() { cd "$here/$1" && env $(cat build.env 2>/dev/null) GOFLAGS=-buildvcs=false go build -mod=readonly -gcflags=all=-dwarf=false -ldflags='-s -w' -o "$2/" tool; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# unpack GROUP FOLDER   From Debian's packages, of the versions that the system would install.
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
      program=$2/${file##*/}
      dpkg-deb --fsys-tarfile "$package"_*.deb | tar -xO "./$file" >"$program" && chmod +x "$program" || return 1
    done
  done
)

install_group() {
  groups | grep -qxF -- "$1" || { echo "install.sh: no such group: $1 (there are: $(groups | tr '\n' ' '))" >&2; exit 2; }
  stamp=$(stamp_of "$1")
  [ "$(cat "$peers/stamps/$1" 2>/dev/null)" = "$stamp" ] && return
  log=$peers/$1.log new=$peers/$1.new
  rm -rf "$new"
  mkdir -p "$new" "$peers/bin" "$peers/stamps"
  if [ -f "$here/$1/go.mod" ]; then
    module=$(sed -n 's/^require //p' "$here/$1/go.mod" | head -n 1)
    echo "building $1 (${module:-$(go env GOVERSION), without modules})" >&2
    how=build
  else
    echo "unpacking $1" >&2
    how=unpack
  fi
  ("$how" "$1" "$new") >"$log" 2>&1 || {
    cat "$log" >&2
    echo "install.sh: $how $1 failed" >&2
    rm -rf "$new"
    return 1
  }
  # Without a stamp in between: an interruption has it made again.
  rm -rf "$log" "$peers/stamps/$1" "${peers:?}/$1" && mv "$new" "$peers/$1" && link "$1" && echo "$stamp" >"$peers/stamps/$1"
}

if [ "${1:-}" = --list ]; then
  groups
  exit
fi
check_go || exit 1
[ "${1:-}" != --check ] || exit 0
mkdir -p "$peers"
exec 9>"$peers/lock"
flock 9
# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $(groups)
code=0
for group; do install_group "$group" || code=1; done
exit $code
