#!/bin/bash
# Runs one end-to-end script as a Bazel test. Exit code 77 is a skip: it passes, and the reason goes into the test's XML.
set -uo pipefail
script=$1
name=$(basename "$script" .sh)
WAYBILL=$(realpath -s "$WAYBILL")
RESTRICTED_DAEMON=$(realpath -s "$RESTRICTED_DAEMON")
DELAY_PROXY=$(realpath -s "$DELAY_PROXY")
MAKE_RESULT=$(realpath -s "$MAKE_RESULT")
HOLD=$(realpath -s "$HOLD")
export WAYBILL RESTRICTED_DAEMON DELAY_PROXY MAKE_RESULT HOLD

log=$TEST_TMPDIR/$name.log
mkdir "$TEST_TMPDIR/work"
TEST_TMPDIR=$TEST_TMPDIR/work "$script" 2>&1 | tee "$log"
code=${PIPESTATUS[0]}
[ "$code" = 77 ] || exit "$code"

reason=$(tail -n 1 "$log" | sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/"/\&quot;/g')
cat >"$XML_OUTPUT_FILE" <<XML
<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="$name" tests="1" failures="0" errors="0" skipped="1">
    <testcase name="$name"><skipped message="$reason"/></testcase>
  </testsuite>
</testsuites>
XML
