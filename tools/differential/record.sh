#!/bin/bash
# usage: tools/differential/record.sh DIRECTORY [OPTION]...     (README.md; without any: 50 cases)
# Records what the daemon does as golden cases, and runs those against waybill's own export.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."
directory=$(realpath -m "${1:?a directory for cases and blobs}")
shift
[ $# -gt 0 ] || set -- --seed 1 --cases 50
# The golden tests stand a registry of theirs in the place of the one at this address.
tools/differential/run.sh --record "$directory" --registry 127.0.0.1:5052 "$@"
bazel build --noshow_progress //tools/golden:golden_test >&2
golden_test=$(realpath bazel-bin/tools/golden/golden_test)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/testdata"
ln -s "$directory" "$scratch/testdata/golden"
(cd "$scratch" && TEST_TMPDIR=$scratch "$golden_test" --gtest_filter='Golden.*' --gtest_brief=1)
