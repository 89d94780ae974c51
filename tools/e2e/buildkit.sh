# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by the end-to-end tests that need a BuildKit daemon, after registries.sh: starts daemons and bridges, builds.
# All of them end with the script. A daemon needs root, runc and an overlay file system.

# need_buildkit   Skips the test where a daemon cannot run.
need_buildkit() {
  if [ "$(id -u)" != 0 ]; then
    echo "a BuildKit daemon needs root"
    exit 77
  fi
  command -v runc >/dev/null || { echo "there is no runc (apt-get install runc)"; exit 77; }
  [ -x /usr/bin/busybox ] || { echo "there is no busybox (apt-get install busybox-static)"; exit 77; }
  # Root of a container may not be allowed to, and the disk may not be fit for it.
  local probe=$TEST_TMPDIR/probe refusal
  mkdir -p "$probe"/{lower,upper,work,merged}
  refusal=$(unshare --mount --pid --uts --ipc --fork \
    mount -t overlay overlay -o "lowerdir=$probe/lower,upperdir=$probe/upper,workdir=$probe/work" "$probe/merged" 2>&1) || {
    echo "a BuildKit daemon needs namespaces and an overlay file system: ${refusal//$'\n'/ }"
    exit 77
  }
  rm -rf "$probe"
}

# Sockets must have short names, those in a daemon's temporary directory too.
sockets=$(mktemp -d /tmp/waybill-e2e.XXXXXX)
process_pids=()
stop_buildkit() {
  local pid code=$?
  for pid in "${process_pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${process_pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  # A daemon that was killed leaves its mounts.
  awk -v root="$TEST_TMPDIR/" -v temporary="$sockets/" 'index($2, root) == 1 || index($2, temporary) == 1 { print $2 }' /proc/mounts |
    xargs -r -n 1 umount
  rm -rf "$sockets"
  stop_registries
  # An instrumented bridge or daemon tells its log what is wrong with it.
  ! grep -shE -A 40 '(Address|Leak|Thread)Sanitizer|[0-9]: runtime error:' "$TEST_TMPDIR"/*.log >&2 || code=1
  # Hundreds of megabytes, which a runner of tests may keep until the next run.
  [ "$code" != 0 ] || rm -rf "${TEST_TMPDIR:?}"/*
  exit "$code"
}
trap stop_buildkit EXIT

is_socket_or_ended() { [ -S "$1" ] || ! kill -0 "${process_pids[-1]}" 2>/dev/null; }
# wait_for_socket PATH LOG   Up to a minute, while the process that was started last lives.
wait_for_socket() {
  eventually is_socket_or_ended "$1" || true
  [ ! -S "$1" ] || return 0
  echo "nothing listens on $1:" >&2
  cat "$2" >&2
  exit 1
}

# start_daemon NAME [PROGRAM [OPTION]...]   A daemon with an empty cache; sets `daemon` to its address and `daemon_pid`.
start_daemon() {
  local name=$1 program=${2:-buildkitd} log=$TEST_TMPDIR/$1.log
  shift $(($# > 1 ? 2 : 1))
  rm -f "$sockets/$name.sock"
  TMPDIR=$sockets "$program" --addr "unix://$sockets/$name.sock" --root "$TEST_TMPDIR/$name" --oci-worker-net=host \
    --oci-worker-snapshotter=overlayfs --containerd-worker=false "$@" >>"$log" 2>&1 &
  daemon_pid=$!
  process_pids+=("$daemon_pid")
  wait_for_socket "$sockets/$name.sock" "$log"
  daemon=unix://$sockets/$name.sock
}

# start_bridge NAME DAEMON [OPTION]...   Sets `bridge` to its address and `bridge_pid`.
start_bridge() {
  local name=$1 upstream=$2 log=$TEST_TMPDIR/$1.log
  shift 2
  rm -f "$sockets/$name.sock"
  "$WAYBILL" bridge --listen "unix://$sockets/$name.sock" --upstream "$upstream" --drain-seconds 1 "$@" >>"$log" 2>&1 &
  bridge_pid=$!
  process_pids+=("$bridge_pid")
  wait_for_socket "$sockets/$name.sock" "$log"
  bridge=unix://$sockets/$name.sock
}

# start_restricted_daemon NAME DAEMON   The same daemon without its content service; sets `daemon`.
start_restricted_daemon() {
  "$RESTRICTED_DAEMON" "unix://$sockets/$1.sock" "$2" >"$TEST_TMPDIR/$1.log" 2>&1 &
  process_pids+=($!)
  wait_for_socket "$sockets/$1.sock" "$TEST_TMPDIR/$1.log"
  daemon=unix://$sockets/$1.sock
}

# build ADDRESS DIRECTORY [OPTION]...   With buildctl, at most two minutes.
build() {
  local address=$1 directory=$2
  shift 2
  timeout 120 buildctl --addr "$address" build --frontend dockerfile.v0 --local "context=$directory" \
    --local "dockerfile=$directory" --progress plain "$@"
}

# recorded_error DAEMON IMAGE   The error that the daemon's history has of the build of this image, or "none". A build is
# recorded soon after its end.
recorded_error() {
  local error=
  eventually is_recorded "$1" "$2" || fail "no record of $2"
  echo "$error"
}
# is_recorded DAEMON IMAGE   Sets `error`.
is_recorded() {
  error=$(buildctl --addr "$1" debug histories --format '{{json .}}' | jq -r --arg name "$2" \
    'select(.type == 1) | .record | select(any(.Exporters[]?; .Attrs.name == $name)) | .error.message // "none"')
  [ -n "$error" ]
}

# open_files PID
open_files() { find "/proc/$1/fd" -mindepth 1 2>/dev/null | wc -l; }
# resident_kib PID
resident_kib() { awk '/VmRSS/ { print $2 }' "/proc/$1/status"; }

fail() { echo "FAIL: $*" >&2; exit 1; }
