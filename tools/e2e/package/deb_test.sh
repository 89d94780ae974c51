#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The Debian package: lintian finds no error, two runs give the same bytes, and dpkg installs it in a root that has nothing but what the package depends on.
# Below systemd there, the service and the bridge run as their own user, with all that their units forbid, and do their work: exports, a push to a registry
# by name, a build of a real daemon. A removal leaves state, a purge leaves none.
# shellcheck disable=SC2154 # host, daemon, sockets are set by the functions that start them
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
# shellcheck source=tools/e2e/package/machine.sh
. tools/e2e/package/machine.sh
need_peers buildkitd buildctl olareg oras
need_buildkit
need_machine
PATH=$PATH:/usr/sbin # chroot, and what dpkg calls
here=$PWD
trap 'code=$?; set +e; stop_machine; (exit $code); stop_buildkit' EXIT
machine_pid='' machine_outer='' machine_cgroup=/nowhere
export SOURCE_DATE_EPOCH=1700000000 SOURCE_COMMIT=0123456789abcdef0123456789abcdef01234567
export DEBFULLNAME="waybill maintainers" DEBEMAIL=maintainers@waybill.test

echo "--- the package is the same each time"
for run in first second; do tools/package --deb "$TEST_TMPDIR/$run" "$WAYBILL" >"$TEST_TMPDIR/$run.log" || fail "$(cat "$TEST_TMPDIR/$run.log")"; done
cd "$TEST_TMPDIR"
version=$("$WAYBILL" --version | sed 's/^waybill //')
package=waybill_${version}_$(dpkg --print-architecture).deb
cmp "first/$package" "second/$package"
lintian --allow-root --fail-on error --no-tag-display-limit "first/$package" >lintian.log 2>&1 || fail "$(cat lintian.log)"
cp "first/$package" "$sockets/waybill.deb"

echo "--- dpkg wants what the package depends on, and installs it then"
dpkg-deb -f "first/$package" Depends >depends
grep -q 'libc6 (>= ' depends || fail "depends on $(cat depends)"
"$here/tools/e2e/package/clean_root.sh" bare systemd
mount --bind "$sockets" bare/srv
! chroot bare dpkg --install /srv/waybill.deb >bare.log 2>&1 || fail "installed without its libraries"
umount bare/srv
grep -q 'waybill depends on libcurl4' bare.log || fail "$(cat bare.log)"
# shellcheck disable=SC2046 # one word for each package
"$here/tools/e2e/package/clean_root.sh" root systemd ca-certificates $(tr ',' '\n' <depends | awk '{ print $1 }')
for unit in systemd-udevd.service systemd-networkd.service systemd-resolved.service systemd-timesyncd.service; do
  ln -sf /dev/null "root/etc/systemd/system/$unit"
done
start_machine "$PWD/root"
listing() { (cd root && find . -xdev ! -type d ! -path './var/log/*' ! -path './var/lib/dpkg/*' ! -path './var/lib/systemd/*' | sort); }
listing >before
in_machine dpkg --install /srv/waybill.deb >install.log 2>&1 || fail "$(cat install.log)"
in_machine waybill version >version || fail "the command: $(cat version)"
[ -z "$(in_machine systemctl list-units --no-legend 'waybill*')" ] || fail "the installation has started something"

echo "--- the service, as its user"
# runs_confined UNIT   Its process has the user, no capability, no new privilege, and a filter of system calls.
runs_confined() {
  local pid status
  pid=$(in_machine systemctl show --property MainPID --value "$1")
  [ "$(in_machine ps -o user= -p "$pid" 2>/dev/null || in_machine stat -c %U "/proc/$pid")" = waybill ] || fail "$1 runs as another user"
  status=$(in_machine cat "/proc/$pid/status")
  for line in 'CapBnd:	0000000000000000' 'NoNewPrivs:	1' 'Seccomp:	2'; do grep -qxF "$line" <<<"$status" || fail "$1: not $line"; done
}
journal() { in_machine journalctl --no-pager --unit "$1"; }
in_machine systemctl enable --now waybill.socket waybill.service 2>enable.log || fail "$(cat enable.log; journal waybill)"
runs_confined waybill.service
service=unix:///proc/$machine_pid/root/run/waybill/waybill.sock
cp -rL "$here/testdata/sample" sample
start_registry olareg
"$WAYBILL" export --progress quiet --result sample --output type=oci,dest=local.tar,name=example.com/app:1,source-date-epoch=1700000000
"$WAYBILL" export --progress quiet --result sample --addr "$service" --output type=oci,dest=served.tar,name=example.com/app:1,source-date-epoch=1700000000 || fail "$(journal waybill)"
cmp local.tar served.tar
name=localhost:${host##*:}/app
"$WAYBILL" export --progress quiet --result sample --addr "$service" --output "type=registry,name=$name:1" || fail "$(journal waybill)"
"$WAYBILL" verify "$name:1" --all-platforms --require sbom,provenance >verify.log || fail "$(cat verify.log)"
[ "$(in_machine stat -c '%U %a' /var/lib/waybill)" = "waybill 700" ] || fail "the state: $(in_machine stat -c '%U %a' /var/lib/waybill)"
in_machine systemctl restart waybill.service || fail "$(journal waybill)"
"$WAYBILL" export --progress quiet --result sample --addr "$service" --output type=oci,dest=served.tar,name=example.com/app:1,source-date-epoch=1700000000 || fail "$(journal waybill)"

echo "--- the bridge, as its user, in front of a real daemon"
start_daemon daemon buildkitd --group "$(awk -F: '$1 == "waybill" { print $3 }' root/etc/group)"
in_machine mkdir /run/buildkit
in_machine ln -s /srv/daemon.sock /run/buildkit/buildkitd.sock
in_machine systemctl enable --now waybill-bridge.socket waybill-bridge.service 2>enable.log || fail "$(cat enable.log; journal waybill-bridge)"
runs_confined waybill-bridge.service
mkdir app
cp /usr/bin/busybox app/
printf 'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox","touch","/made"]\n' >app/Dockerfile
bridge=unix:///proc/$machine_pid/root/run/waybill-bridge/bridge.sock
build "$bridge" app --output "type=image,name=$name:2,push=true" --opt attest:provenance=mode=max >build.log 2>&1 || fail "$(cat build.log; journal waybill-bridge)"
grep -q 'exporting to image (waybill)' build.log || fail "$(cat build.log)"
"$WAYBILL" verify "$name:2" --require provenance >verify.log || fail "$(cat verify.log)"
oras_at discover --format json "$name:2" >discovered || fail "oras"
start_restricted_daemon restricted "$daemon"
chgrp waybill "$sockets/restricted.sock" 2>/dev/null || chmod 666 "$sockets/restricted.sock"
in_machine ln -sfn /srv/restricted.sock /run/buildkit/buildkitd.sock
in_machine systemctl restart waybill-bridge.service
build "$bridge" app --output "type=oci,dest=spooled.tar" >build.log 2>&1 || fail "layers wait in the cache directory: $(cat build.log; journal waybill-bridge)"
"$WAYBILL" inspect oci-archive:spooled.tar >/dev/null

echo "--- a removal leaves state, and a purge none"
in_machine dpkg --remove waybill >remove.log 2>&1 || fail "$(cat remove.log)"
[ -z "$(in_machine systemctl list-units --no-legend --state active 'waybill*')" ] || fail "units run after the removal"
in_machine test -d /var/lib/waybill || fail "the removal took the state"
listing >after
comm -13 before after | grep -vE '^\./var/lib/waybill/|^\./var/cache/waybill-bridge/|^\./etc/((passwd|group|shadow|gshadow)-?|\.pwd\.lock)$' >left || true
[ ! -s left ] || fail "left behind: $(cat left)"
in_machine dpkg --purge waybill >purge.log 2>&1 || fail "$(cat purge.log)"
[ ! -e root/var/lib/waybill ] && [ ! -e root/var/cache/waybill-bridge ] || fail "the purge left state"
