#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes the Debian package. tools/package sets the environment.
# usage: deb.sh BINARY DIRECTORY
set -euo pipefail
readonly binary=$1 directory=$2
here=$PWD/tools/package.d
version=$("$binary" --version | sed 's/^waybill //')
architecture=$(dpkg --print-architecture)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root documents=$work/root/usr/share/doc/waybill

./tools/install.d/stage.sh "$binary" /usr "$root/usr"
# Where Debian's policy has them.
install -d "$root/lib/systemd"
mv "$root/usr/lib/systemd/system" "$root/lib/systemd/system"
rmdir "$root/usr/lib/systemd"
install -d "$root/usr/share/zsh"
mv "$root/usr/share/zsh/site-functions" "$root/usr/share/zsh/vendor-completions"
gzip -9n "$root"/usr/share/man/man1/*
install -d "$documents/examples"
install -m 644 "$here/copyright" "$documents/copyright"
install -m 644 README.md docs/*.md "$documents"
install -m 644 "$here/waybill.toml" "$here/default" "$documents/examples"
gzip -9nc CHANGELOG.md >"$documents/NEWS.gz"
gzip -9nc >"$documents/changelog.gz" <<CHANGES
waybill ($version) unstable; urgency=medium

  * Commit ${SOURCE_COMMIT:0:12}; NEWS.gz says what changed for users.

 -- $DEBFULLNAME <$DEBEMAIL>  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
CHANGES
install -D -m 644 "$here/lintian-overrides" "$root/usr/share/lintian/overrides/waybill"

# dpkg-shlibdeps wants a source package around it.
mkdir -p "$work/debian"
printf 'Source: waybill\n\nPackage: waybill\nArchitecture: %s\n' "$architecture" >"$work/debian/control"
libraries=$(cd "$work" && dpkg-shlibdeps -O root/usr/bin/waybill 2>/dev/null | sed 's/^shlibs:Depends=//')
static=$("$here/static.sh" "$binary" | awk '$4 == "code" { print $2 " (= " $3 ")" }' | sort -u | paste -sd, | sed 's/,/, /g')
install -d "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<CONTROL
Package: waybill
Version: $version
Architecture: $architecture
Maintainer: $DEBFULLNAME <$DEBEMAIL>
Installed-Size: $(du -sk --apparent-size --exclude=DEBIAN "$root" | cut -f 1)
Depends: $libraries, systemd | systemd-standalone-sysusers | systemd-sysusers
Recommends: ca-certificates
Section: utils
Priority: optional
${static:+Static-Built-Using: $static
}Description: container image exporter in BuildKit's style
 waybill writes build results as container images with their SBOM and
 provenance, to registries, OCI layouts and archives, byte for byte as
 BuildKit writes them.
 .
 The package has the command, and systemd units for the service
 (waybill.service) and for the bridge in front of a BuildKit daemon
 (waybill-bridge.service). No unit is enabled by the installation.
CONTROL
install -m 755 "$here"/{postinst,prerm,postrm} "$root/DEBIAN"
(cd "$root" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
chmod 644 "$root/DEBIAN/md5sums"
find "$root" -type d -exec chmod 755 {} +
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
# One thread, because the number of threads shows in the bytes.
dpkg-deb --root-owner-group --threads-max=1 -Zxz --build "$root" "$directory/waybill_${version}_$architecture.deb" >/dev/null
echo "$directory/waybill_${version}_$architecture.deb"
