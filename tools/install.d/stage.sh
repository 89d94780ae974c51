#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Lays out what belongs to an installed waybill below DIRECTORY, as it will lie below PREFIX: the command without debug information, its
# manual pages and completion, the systemd units, their user, the dashboard and the alerts. tools/install and tools/package use it.
# usage: stage.sh BINARY PREFIX DIRECTORY
set -euo pipefail
readonly binary=$1 prefix=$2 directory=$3
here=$(dirname "$0")

# put MODE FILE TARGET
put() { install -D -m "$1" "$2" "$directory/$3"; }
# put_text TARGET   Standard input, as a file.
put_text() { install -D -m 644 /dev/stdin "$directory/$1"; }

put 755 "$binary" bin/waybill
strip --strip-unneeded "$directory/bin/waybill"
for unit in waybill-bridge.service waybill-bridge.socket waybill.service waybill.socket; do
  sed "s#@PREFIX@#$prefix#g" "$here/$unit" | put_text "lib/systemd/system/$unit"
done
put 644 "$here/sysusers.conf" lib/sysusers.d/waybill.conf
put 644 "$here/grafana-dashboard.json" share/waybill/grafana-dashboard.json
put 644 "$here/prometheus-alerts.yml" share/waybill/prometheus-alerts.yml
"$binary" completion bash | put_text share/bash-completion/completions/waybill
"$binary" completion zsh | put_text share/zsh/site-functions/_waybill
"$binary" completion fish | put_text share/fish/vendor_completions.d/waybill.fish
"$binary" man "$directory/share/man/man1"
