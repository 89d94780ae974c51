# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# Sourced by tests that need a machine of their own, after buildkit.sh: systemd runs in namespaces, on a root that clean_root.sh made. The network and
# the users are those of this machine.

# need_machine   Skips the test where systemd cannot run in namespaces.
need_machine() {
  [ "$(id -u)" = 0 ] || { echo "systemd in namespaces needs root"; exit 77; }
  cgroups=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
  [ -n "$cgroups" ] && mkdir "$cgroups/waybill-$$" 2>/dev/null || { echo "systemd needs a cgroup of its own"; exit 77; }
  rmdir "$cgroups/waybill-$$"
  [ -x /lib/systemd/systemd ] || { echo "there is no systemd"; exit 77; }
}

# start_machine ROOT   Returns when systemd has started all that it starts. /srv is the directory of `sockets`.
start_machine() {
  machine_root=$1 machine_cgroup=$cgroups/waybill-$$
  # A machine that has been started before: nothing is chosen anew.
  tr -d - </proc/sys/kernel/random/uuid >"$machine_root/etc/machine-id"
  mkdir "$machine_cgroup"
  # shellcheck disable=SC2016 # expanded by the inner shells
  bash -c 'echo $$ >"$1/cgroup.procs" && exec unshare --kill-child --mount --pid --uts --ipc --cgroup --fork bash -c "$4" bash "$2" "$3"' \
    bash "$machine_cgroup" "$machine_root" "$sockets" "$boot" >machine.log 2>&1 &
  process_pids+=($!)
  machine_outer=$!
  eventually machine_is_up || fail "systemd does not start: $(cat machine.log; in_machine journalctl --no-pager 2>&1 | tail -n 40)"
}
machine_is_up() {
  machine_pid=$(pgrep -P "$machine_outer" | head -n 1)
  [ -n "$machine_pid" ] && [[ $(in_machine systemctl is-system-running 2>/dev/null) == @(running|degraded) ]]
}
# in_machine COMMAND...
in_machine() { nsenter --target "$machine_pid" --mount --pid --uts --ipc --cgroup --root --wd=/ env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
stop_machine() {
  kill -KILL "$machine_pid" 2>/dev/null || true
  wait "$machine_outer" 2>/dev/null || true
  find "$machine_cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || true
}

# What the first process does before it becomes systemd. /proc/sys is not for writing, because it is the whole machine's.
# shellcheck disable=SC2016 # expanded by the shell that runs it
boot='set -e
root=$1
mount --make-rprivate /
mount --bind "$root" "$root"
mount --bind "$2" "$root/srv"
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for node in null zero full random urandom tty; do
  touch "$root/dev/$node"
  mount --bind "/dev/$node" "$root/dev/$node"
done
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs tmpfs "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
cd "$root"
mkdir .old
pivot_root . .old
umount -l .old
rmdir .old
exec env -i PATH=/usr/sbin:/usr/bin container=waybill /lib/systemd/systemd --show-status=no'
