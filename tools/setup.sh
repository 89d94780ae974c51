#!/bin/bash
# Installs the Debian 12 packages of tools/deps/packages.txt that are missing; quiet when there is nothing to do.
# Works as root or with sudo. usage: tools/setup.sh [FILE WITH MORE PACKAGES]...
set -euo pipefail
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")

mapfile -t wanted < <(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$here/deps/packages.txt" "$@")
installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p')
mapfile -t missing < <(printf '%s\n' "${wanted[@]}" | grep -vxF -f <(printf '%s\n' "$installed") || true)
[ ${#missing[@]} -eq 0 ] || "$here/deps/install.sh" "${missing[@]}"

# Where Bazel has built before, it knows the headers that the system had then. layering_check refuses those of packages that came
# since, whoever installed them.
cd "$here/.."
known=$(bazel info output_base 2>/dev/null)/external/local_config_cc/module.modulemap
[ -f "$known" ] || exit 0
unknown=$(dpkg -L "${wanted[@]}" | grep -E '^/usr/include/.*\.h$' |
  grep -cvxF -f <(sed -n 's/^ *textual header "\(.*\)"$/\1/p' "$known") || true)
[ "$unknown" = 0 ] || bazel sync --configure --noshow_progress >/dev/null 2>&1 ||
  { echo "setup: bazel sync --configure fails" >&2; exit 1; }
