# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by the end-to-end tests that need registries and their clients: finds the peers of tools/peers and starts
# registries on free ports. All of them end with the script.

# shellcheck source=tools/e2e/eventually.sh
. "$(dirname "${BASH_SOURCE[0]}")/eventually.sh"

peers_bin=${WAYBILL_PEERS:-${XDG_CACHE_HOME:-~/.cache}/waybill/peers}/bin
registry_pids=()
# Nobody's credentials.
export HOME=$TEST_TMPDIR

# need_peers PROGRAM...   They are the pinned ones, whatever else is installed. Missing ones fail the test, unless
# WAYBILL_SKIP_PEERS=1 asks for skipping.
need_peers() {
  local program missing=()
  for program; do [ -x "$peers_bin/$program" ] || missing+=("$program"); done
  PATH=$peers_bin:$PATH
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "${WAYBILL_SKIP_PEERS:-}" = 1 ]; then
    echo "WAYBILL_SKIP_PEERS=1, and there is no ${missing[*]}"
    exit 77
  fi
  echo "not in $peers_bin: ${missing[*]}. Run tools/peers/install.sh, or set WAYBILL_SKIP_PEERS=1 to do without." >&2
  exit 1
}

stop_registries() {
  local pid
  for pid in "${registry_pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait
}
trap stop_registries EXIT

# stop_registry   The one that was started last.
stop_registry() {
  kill "${registry_pids[-1]}"
  wait "${registry_pids[-1]}" 2>/dev/null || true
}

# listening_port PID   Waits up to a minute until the process listens and prints the port.
listening_port() {
  local port=
  eventually listens_or_ended "$1" && [ -n "$port" ] && echo "$port"
}
# listens_or_ended PID   Sets `port` where it listens.
listens_or_ended() {
  port=$(ss -Hltnp | sed -nE "s/^LISTEN +[0-9]+ +[0-9]+ +[^ ]*:([0-9]+) .*pid=$1,.*/\1/p" | head -n 1)
  [ -n "$port" ] || ! kill -0 "$1" 2>/dev/null
}

# start_registry KIND [PORT]   KIND: olareg, distribution[=A LINE OF ITS CONFIGURATION], crane, crane-referrers (crane's
# with the referrers API), or fake[=OPTIONS OF waybill registry serve].
# Takes a free port, unless one is named. Sets `host` to its address.
start_registry() {
  local log=$TEST_TMPDIR/registry-${#registry_pids[@]}.log port=${2:-0}
  case $1 in
    olareg) olareg serve --addr 127.0.0.1 --port "$port" --store-type mem --api-delete --api-blob-delete >"$log" 2>&1 & ;;
    distribution | distribution=*)
      cat >"$log.yml" <<YAML
version: 0.1
storage: {filesystem: {rootdirectory: $log.d}, delete: {enabled: true}}
http: {addr: 127.0.0.1:$port}
$(case $1 in *=*) echo "${1#*=}" ;; esac)
YAML
      registry serve "$log.yml" >"$log" 2>&1 &
      ;;
    crane) crane registry serve --address "127.0.0.1:$port" >"$log" 2>&1 & ;;
    crane-referrers) referrers-registry "127.0.0.1:$port" >"$log" 2>&1 & ;;
    fake | fake=*)
      local options
      read -ra options <<<"${1#fake}"
      options=("${options[@]#=}")
      "$WAYBILL" registry serve --listen "127.0.0.1:$port" "${options[@]}" >"$log" 2>&1 &
      ;;
    *) echo "start_registry: no such kind: $1" >&2; exit 1 ;;
  esac
  registry_pids+=($!)
  port=$(listening_port $!) || { echo "$1 did not start:" >&2; cat "$log" >&2; exit 1; }
  host=127.0.0.1:$port
}

# The clients, told that 127.0.0.1 speaks plain HTTP.
oras_at() { local verb=$1; shift; oras "$verb" --plain-http "$@"; }
regctl_at() { REGCTL_CONFIG=$TEST_TMPDIR/regctl.json regctl --host "reg=$host,tls=disabled" "$@"; }
skopeo_copy() { skopeo copy --quiet --all --src-tls-verify=false --dest-tls-verify=false "$@"; }

# check WHAT COMMAND...   Runs it; on failure says what did not work, with the output.
check() {
  local what=$1 output
  shift
  if output=$("$@" 2>&1); then
    echo "ok    $what"
  else
    echo "FAIL  $what: $*"
    printf '%s\n' "$output" | sed 's/^/      /'
    exit 1
  fi
}

# exit_code COMMAND...   Its output goes to `out` and `err`.
exit_code() { local code=0; "$@" >out 2>err || code=$?; echo "$code"; }
# says TEXT   The command of exit_code before did.
says() { grep -qF -- "$1" out err || { cat out err; exit 1; }; }

# equal WHAT EXPECTED ACTUAL
equal() {
  if [ "$2" = "$3" ]; then
    echo "ok    $1"
  else
    printf 'FAIL  %s\n      expected: %s\n      actual:   %s\n' "$1" "$2" "$3"
    exit 1
  fi
}
