#!/bin/bash
# Makes git run tools/check/all.sh before each commit of this clone. usage: tools/check/hook.sh [--remove]
# A hook that is there already stays. git commit --no-verify skips it.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."
hook=$(git rev-parse --git-path hooks)/pre-commit
mark='# waybill: tools/check/hook.sh'
if [ -e "$hook" ] && ! grep -qxF "$mark" "$hook"; then
  echo "$hook is not from here: add ./tools/check/all.sh to it" >&2
  exit 1
fi
if [ "${1:-}" = --remove ]; then
  rm -f "$hook"
  exit 0
fi
mkdir -p "$(dirname "$hook")"
printf '#!/bin/sh\n%s\nexec ./tools/check/all.sh\n' "$mark" >"$hook"
chmod +x "$hook"
echo "$hook"
