#!/bin/bash
# Every shell script passes shellcheck.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."
git grep -lzE --untracked '^#!/bin/(ba)?sh$' | xargs -0 -r shellcheck --severity=warning --external-sources --source-path=.
