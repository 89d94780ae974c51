#!/bin/bash
# Every C++ and proto file is as clang-format leaves it. usage: tools/check/format.sh [--fix]
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."
mode=(--dry-run -Werror)
[ "${1:-}" != --fix ] || mode=(-i)
git ls-files -z '*.cc' '*.h' | xargs -0 -r -n 20 -P "$(nproc)" clang-format --style=file "${mode[@]}"
