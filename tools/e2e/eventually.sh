# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by all that waits for something that it cannot be told of.

# eventually COMMAND...   Runs the command again and again until it succeeds, for a minute at most.
eventually() {
  local end=$((SECONDS + 60))
  until "$@"; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.05
  done
}
