#!/bin/bash
# Installs the Debian packages of its arguments. Works as root or with sudo. usage: tools/deps/install.sh PACKAGE...
set -euo pipefail

as_root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "setup: missing packages: $*; run this as root or install sudo" >&2; exit 1; }
  as_root=(sudo)
fi
# Another apt, such as that of unattended-upgrades, is waited for.
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=600 "$@" </dev/null; }
# apt itself waits for dpkg's lock, and not for that of the package lists.
update_lists() {
  for _ in $(seq 60); do
    apt update >"$log" 2>&1 && return
    grep -q '/var/lib/apt/lists/lock' "$log" || return 1
    sleep 10
  done
  return 1
}

echo "setup: installing $*"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The package lists of a fresh machine are empty or old: fetch them only if the first try fails.
if ! apt install --no-install-recommends "$@" >"$log" 2>&1 &&
  ! { update_lists && apt install --no-install-recommends "$@" >"$log" 2>&1; }; then
  cat "$log" >&2
  echo "setup: could not install $*" >&2
  exit 1
fi
