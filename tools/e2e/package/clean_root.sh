#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes a Debian root out of the packages that this machine has installed, without a network: Debian's essential packages, the named ones, and all that
# they depend on. dpkg's database in the root has these packages and no others, so that dpkg refuses a package whose dependencies are not complete.
# usage: clean_root.sh DIRECTORY PACKAGE...
set -euo pipefail
PATH=$PATH:/usr/sbin # ldconfig
root=$1
shift
mapfile -t essential < <(dpkg-query -W -f '${Essential} ${Package}\n' | sed -n 's/^yes //p')
mapfile -t names < <(apt-cache --installed depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
  --no-enhances "${essential[@]}" "$@" | grep -E '^[a-z0-9]' | sed 's/:.*//' | sort -u)
mapfile -t packages < <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${names[@]}" 2>/dev/null | sed -n 's/^installed //p' | sort -u)

mkdir -p "$root"/{usr/{bin,sbin,lib,lib32,lib64,libx32},var/lib/dpkg/{info,updates},proc,sys,dev,run,tmp,root,srv}
for folder in bin sbin lib lib32 lib64 libx32; do ln -sfn "usr/$folder" "$root/$folder"; done
# A file that somebody has taken away from this machine is not there.
dpkg-query -L "${packages[@]}" | grep -E '^/' | grep -vE '^/usr/share/(doc|man|locale|info)/|^/(proc|sys|dev|run)(/|$)' | sort -u |
  while IFS= read -r file; do [ ! -e "$file" ] && [ ! -L "$file" ] || printf '%s\n' "${file#/}"; done |
  sed -E 's#^(bin|sbin|lib|lib32|lib64|libx32)($|/)#usr/\1\2#' | sort -u |
  tar -C / --create --no-recursion --files-from=- | tar -C "$root" --extract

awk 'NR == FNR { kept[$1] = 1; next } $2 in kept { print $0 "\n" }' <(printf '%s\n' "${packages[@]}") RS= FS='[\n ]' /var/lib/dpkg/status \
  >"$root/var/lib/dpkg/status"
for package in "${packages[@]}"; do
  find /var/lib/dpkg/info \( -name "$package.*" -o -name "$package:*" \) -exec cp -t "$root/var/lib/dpkg/info" {} +
done
cp /var/lib/dpkg/info/format "$root/var/lib/dpkg/info/"
# The scripts of these packages make these files when they are installed.
cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
cp /etc/nsswitch.conf "$root/etc/nsswitch.conf"
printf '127.0.0.1 localhost\n' >"$root/etc/hosts"
ldconfig -r "$root"
