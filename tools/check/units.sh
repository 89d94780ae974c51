#!/bin/bash
# The systemd units of tools/install.d are what systemd understands; without systemd-analyze nothing is looked at.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."
command -v systemd-analyze >/dev/null || { echo "there is no systemd-analyze: units are not checked"; exit 0; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/bin"
printf '#!/bin/sh\n' >"$scratch/bin/waybill"
chmod +x "$scratch/bin/waybill"
for unit in tools/install.d/*.service tools/install.d/*.socket; do
  sed "s#@PREFIX@#$scratch#g" "$unit" >"$scratch/${unit##*/}"
done
# It ends with 0 for what it warns about, and warns about files of the machine as well.
findings=$(systemd-analyze verify "$scratch"/*.service "$scratch"/*.socket 2>&1 || true)
! grep -F "$scratch" <<<"$findings"
