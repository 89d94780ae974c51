#!/bin/bash
# What a mistake on the command line is called, and the exit codes that need a registry.
set -euo pipefail

# shellcheck source=tools/e2e/eventually.sh
. tools/e2e/eventually.sh
work=$TEST_TMPDIR
export HOME=$work
# Bundles have no symbolic links.
cp -RL testdata/sample "$work/sample"

fail() {
  echo "FAIL: $*"
  exit 1
}
expect() { # CODE TEXT ARGUMENT...: waybill fails with the code and says the text.
  local code=$1 text=$2 got=0
  shift 2
  "$WAYBILL" "$@" 2>"$work/error" >/dev/null || got=$?
  [ "$got" = "$code" ] || fail "exit code $got instead of $code: waybill $* ($(cat "$work/error"))"
  grep -qF -- "$text" "$work/error" || fail "no \"$text\" in: $(cat "$work/error")"
}

# 1: the command line.
expect 1 "waybill: unknown command exprot (did you mean export?); see waybill --help" exprot --result x
expect 1 "waybill: unknown command srve (did you mean serve?); see waybill registry --help" registry srve
expect 1 "waybill: unknown option --results (did you mean --result?); see waybill export --help" export --results x
expect 1 "waybill: unknown option --port; see waybill serve --help" serve --port 1
expect 1 "waybill: --output is required" export --result "$work/sample" -o ""
expect 1 "waybill: --result and --from exclude each other" export --result a --from b -o type=image
expect 1 "  reason: INVALID_INPUT" exprot --debug
expect 1 "  reason: INVALID_INPUT" export --result "$work/sample" --debug --progress fancy -o=type=image
"$WAYBILL" help | grep "^Subcommands:" >/dev/null || fail "waybill help is no help"
"$WAYBILL" help export | grep "^Examples:" >/dev/null || fail "waybill help export has no examples"
expect 1 "compresion is no key of type=oci, and nothing reads it; did you mean compression?" \
  export --progress quiet --result "$work/sample" -o=type=oci,dest="$work/a.tar",compresion=zstd -o ""
expect 1 "waybill: unknown command nonsense; see waybill --help" help nonsense

# serve ARGUMENT...: a registry at $host.
serve() {
  "$WAYBILL" registry serve --listen 127.0.0.1:0 --quiet "$@" >"$work/registry" &
  registry=$!
  eventually grep -q '^listening on ' "$work/registry" || fail "no registry"
  host=$(sed -n 's/^listening on \([^ ]*\) .*/\1/p' "$work/registry")
}
push() { expect "$1" "$2" export --progress quiet --result "$work/sample" -o "type=registry,name=$host/app:1"; }

# 3: credentials.
serve --auth user:secret
push 3 "failed to push $host/app:1"
kill $registry
wait $registry || true

# 4: the registry says no.
serve --fault status=400@manifest-put,code=MANIFEST_INVALID
push 4 "failed to push $host/app:1"
kill $registry
wait $registry || true
