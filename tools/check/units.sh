#!/bin/bash
# What tools/install.d has for others is what they understand: the dashboard and the alerts name metrics that docs/metrics.md names,
# and systemd understands its units and rates them as docs/install.md says (without systemd-analyze these are not looked at).
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."
names_in() { grep -oE "$1" "$2" | tr -d '`' | sed -E 's/_(bucket|sum|count)$//' | sort -u; }
for file in tools/install.d/grafana-dashboard.json tools/install.d/prometheus-alerts.yml; do
  unknown=$(comm -23 <(names_in '(waybill|process)_[a-z_]+' "$file") <(names_in '`(waybill|process)_[a-z_]+`' docs/metrics.md))
  [ -z "$unknown" ] || { echo "$file: docs/metrics.md has no $unknown"; exit 1; }
done
/usr/bin/python3 -m json.tool tools/install.d/grafana-dashboard.json >/dev/null
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
# A tenth of the bound is the figure of docs/install.md.
for unit in "$scratch"/*.service; do
  rating=$(systemd-analyze security --offline=true --no-pager --threshold=11 "$unit" 2>&1) ||
    { echo "${unit##*/} exposes more than docs/install.md says:"; grep -E '✗|→' <<<"$rating"; exit 1; }
done
