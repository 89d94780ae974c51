#!/bin/bash
# Installs the Debian 12 packages of tools/deps/packages.txt that are missing; quiet when there is nothing to do.
# Works as root or with sudo. usage: tools/setup.sh [FILE WITH MORE PACKAGES]...
set -euo pipefail
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")

mapfile -t wanted < <(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$here/deps/packages.txt" "$@")
installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p')
mapfile -t missing < <(printf '%s\n' "${wanted[@]}" | grep -vxF -f <(printf '%s\n' "$installed") || true)
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "setup: missing packages: ${missing[*]}; run this as root or install sudo" >&2; exit 1; }
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

echo "setup: installing ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The package lists of a fresh machine are empty or old: fetch them only if the first try fails.
if ! apt install --no-install-recommends "${missing[@]}" >"$log" 2>&1 &&
  ! { update_lists && apt install --no-install-recommends "${missing[@]}" >"$log" 2>&1; }; then
  cat "$log" >&2
  echo "setup: could not install ${missing[*]}" >&2
  exit 1
fi

# Where Bazel has built before, it knows the system's headers of then, and refuses those of new packages.
cd "$here/.."
output=$(bazel info output_base 2>/dev/null) || exit 0
if [ -d "$output/external/local_config_cc" ]; then
  bazel sync --configure --noshow_progress >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
fi
