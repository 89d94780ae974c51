# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by the scripts of this folder: runs steps, goes on after a failure, and counts. The last lines say what was
# skipped and why, and count test cases and steps.
passed=0 failed=0 skipped=0 report=()
output=$(mktemp) skips=$(mktemp)
trap 'rm -f "$output" "$skips"' EXIT

# step NAME COMMAND...   A command whose last line is "N passed, N failed[, N skipped]" is counted by it, any other as one.
step() {
  local name=$1 start=$SECONDS code last
  shift
  printf '\n=== %s: %s\n' "$name" "$*"
  "$@" </dev/null 2>&1 | tee "$output"
  code=${PIPESTATUS[0]}
  last=$(tail -n 1 "$output")
  sed -n 's/^ *skipped: //p' "$output" >>"$skips"
  if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]; then
    passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2])) skipped=$((skipped + ${BASH_REMATCH[4]:-0}))
    [ "$code" = 0 ] || [ "${BASH_REMATCH[2]}" != 0 ] || failed=$((failed + 1))
  elif [ "$code" = 0 ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
  report+=("$(printf '%-4s %4d s  %s' "$([ "$code" = 0 ] && echo PASS || echo FAIL)" $((SECONDS - start)) "$name")")
}

# summary   Fails if a step has.
summary() {
  printf '\n=== summary, %d s in all\n' "$SECONDS"
  printf '%s\n' "${report[@]}"
  sort "$skips" | uniq -c | sort -rn | sed -E 's/^ *([0-9]+) /SKIP \1 x  /'
  echo "$passed passed, $failed failed, $skipped skipped"
  [ $failed = 0 ]
}
