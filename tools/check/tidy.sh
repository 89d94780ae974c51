#!/bin/bash
# clang-tidy with the rules of .clang-tidy. usage: tools/check/tidy.sh [FILE]...   default: the files that differ from main, or all on main
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."
files=("$@")
[ ${#files[@]} -gt 0 ] || mapfile -t files < <(git diff --name-only --diff-filter=d main -- '*.cc')
[ ${#files[@]} -gt 0 ] || mapfile -t files < <(git ls-files '*.cc')

# Generated headers must exist to be included.
bazel build --noshow_progress --ui_event_filters=-info //proto/...
generated=$(bazel info --ui_event_filters=-info bazel-bin 2>/dev/null)
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$(nproc)" sh -c '
  clang-tidy --quiet "$1" -- -std=c++20 -iquote . -iquote "$0" -isystem "$0" 2>/dev/null' "$generated"
