#!/bin/bash
# The manual pages: mandoc finds nothing wrong in them, and they say what --help says.
set -euo pipefail
cd "$TEST_TMPDIR"

fail() { echo "FAIL: $*" >&2; exit 1; }

"$WAYBILL" man pages
[ -e pages/waybill.1 ] && [ -e pages/waybill-registry-serve.1 ] || fail "pages: $(ls pages)"
# A page without a date is the same page tomorrow.
mandoc -T lint -W warning pages/*.1 | grep -v 'missing date' >complaints || true
[ ! -s complaints ] || fail "$(cat complaints)"
"$WAYBILL" man again
diff -r pages again

# words COMMAND...   Each option and argument in the help of the command stands in its page.
words() {
  local page
  page=$(IFS=-; echo "waybill${*:+-}$*")
  mandoc -T utf8 -O width=1000 "pages/$page.1" | sed -e 's/.\x08//g' >text
  "$WAYBILL" "$@" --help | grep -oE '(^|[ ,])--[a-z][a-z-]*' | tr -d ' ,' | sort -u >options
  [ -s options ] || fail "$page: --help names no option"
  while read -r option; do
    grep -qE -- "$option( |,|=|$)" text || fail "$page does not name $option"
  done <options
}
words
words export
words copy
words registry serve
mandoc -T utf8 -O width=1000 pages/waybill-copy.1 | sed -e 's/.\x08//g' >text
grep -q 'waybill copy ghcr.io/acme/app:1 oci:layout:1' text || fail "no example: $(cat text)"

code=0
"$WAYBILL" man /proc/none >said 2>&1 || code=$?
[ $code = 6 ] || fail "a directory that cannot be made: exit code $code, $(cat said)"
