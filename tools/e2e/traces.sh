# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by the end-to-end tests of traces, after registries.sh: a collector, and questions to the spans that it got.

# start_collector NAME [OPTION OF otlp-sink]...   Sets `collector` to its URL and `spans` to the file that it writes.
start_collector() {
  local name=$1
  shift
  spans=$TEST_TMPDIR/$name.spans
  rm -f "$TEST_TMPDIR/$name.address"
  otlp-sink "$@" "$TEST_TMPDIR/$name.address" "$spans" >"$TEST_TMPDIR/$name.log" 2>&1 &
  registry_pids+=($!)
  eventually [ -s "$TEST_TMPDIR/$name.address" ] || { echo "no collector:"; cat "$TEST_TMPDIR/$name.log"; exit 1; }
  collector=$(<"$TEST_TMPDIR/$name.address")
}

# A span that came twice counts once: buildctl sends its own to the collector, and to the daemon, which passes them on.
# `path` is the way of a span from the root of its trace, "?" for a parent that nobody sent.
prelude='unique_by(.trace + .span) as $all | INDEX($all[]; .trace + .span) as $by |
  def path: if .parent == "" then .name elif $by[.trace + .parent] then ($by[.trace + .parent] | path) + "/" + .name else "?/" + .name end;'

# ask QUESTION [OPTION OF jq]...   To the spans of $spans, each once: `$all` is their array.
ask() { local question=$1; shift; jq -rs "$@" "$prelude $question" "$spans"; }

# paths_of SERVICE   Sorted, each once.
paths_of() { ask '$all[] | select(.service == $service) | path' --arg service "$1" | LC_ALL=C sort -u; }

# roots_of TRACE, orphans_of TRACE   The spans without a parent, and those whose parent nobody sent.
roots_of() { ask '$all[] | select(.trace == $trace and .parent == "") | "\(.service) \(.name)"' --arg trace "$1"; }
orphans_of() {
  ask '$all[] | select(.trace == $trace and .parent != "" and $by[.trace + .parent] == null) | "\(.service) \(.name) \(.span) below \(.parent)"' --arg trace "$1"
}
