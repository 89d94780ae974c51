#!/bin/bash
# Runs every check of this folder that needs no long build; each prints its findings. The last line counts the checks.
set -uo pipefail
here=$(dirname "$(realpath "$0")")
passed=0 failed=0
for check in format.sh lint.sh layers.py deps.py shell.sh units.sh; do
  start=$SECONDS
  if "$here/$check"; then verdict=PASS passed=$((passed + 1)); else verdict=FAIL failed=$((failed + 1)); fi
  printf '%s  %s (%d s)\n' "$verdict" "${check%.*}" $((SECONDS - start))
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
