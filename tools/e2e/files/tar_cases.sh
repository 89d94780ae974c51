#!/bin/bash
# Random tar archives, read and written again by Go's archive/tar and by waybill, to the byte. Longer runs:
# tar-cases SEED COUNT | bazel-bin/tools/e2e/tar_cases_main
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
(need_peers tar-cases) || { code=$?; [ $code = 77 ] && exit 0; exit $code; }
need_peers tar-cases

tar-cases 1 10000 | "$CASES"
