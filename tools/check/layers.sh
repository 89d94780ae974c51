#!/bin/bash
# The dependency graph of the build follows the table "Layers" of ARCHITECTURE.md: a package uses its own row's entry (itself and the
# folders below it) and the rows below. Prints each edge that does not, and packages that the table does not name.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."

edges=$(mktemp)
trap 'rm -f "$edges"' EXIT
bazel query --keep_going --noshow_progress --noimplicit_deps --nodep_deps=false --output=graph --nograph:factored 'deps(//..., 1)' \
  >"$edges" </dev/null

awk '
  # | L3 forms | `oci/layout` `oci/registry` `attest` | ... |      and      | - | `proto` | messages; visible to `a`, `b` and `c` only |
  FNR == NR {
    if (!/^\| (L[0-9]|-) ?[a-z]* \|/) next
    split($0, cell, "|")
    row = cell[2] ~ /L[0-9]/ ? substr(cell[2], index(cell[2], "L") + 1, 1) + 0 : -1
    while (match(cell[3], /`[^`]+`/)) {
      level[substr(cell[3], RSTART + 1, RLENGTH - 2)] = row
      cell[3] = substr(cell[3], RSTART + RLENGTH)
    }
    while (row == -1 && match(cell[4], /`[^`]+`/)) {
      uses_proto[substr(cell[4], RSTART + 1, RLENGTH - 2)] = 1
      cell[4] = substr(cell[4], RSTART + RLENGTH)
    }
    next
  }

  # The entry of the table that a package belongs to: the longest one that is it or a folder above it.
  function entry(package) {
    while (package != "" && !(package in level)) if (!sub(/\/[^\/]*$/, "", package)) package = ""
    return package
  }
  function package_of(label) { sub(/^\/\//, "", label); sub(/:.*/, "", label); return label }
  function complain(what) { print "layers: " from " -> " to ": " what; bad++ }

  # Who may use a library that belongs to one layer.
  BEGIN {
    owner["@curl//:"] = "^(oci/http|oci/registry/testing|tools/)"
    owner["@boost//:"] = "^oci/registry/testing"
    owner["@cli11//:"] = "^tools/"
    owner["@tomlplusplus//:"] = "^(oci/registry|exporter/output|exporter/service|tools/)"
  }
  function check_external() {
    if (to ~ /^@(grpc|protobuf)\/\// && a != "proto" && !(a in uses_proto)) complain("messages and gRPC stay at the edges")
    for (library in owner)
      if (index(to, library) == 1 && source !~ owner[library]) complain("not in this layer")
  }

  /->/ {
    split($0, part, "\"")
    from = part[2]; to = part[4]
    if (from !~ /^\/\//) next
    source = package_of(from); target = package_of(to)
    a = entry(source)
    if (a == "" && source ~ /^tools(\/|$)/) a = "tools/cli"
    edges_seen++
    if (to ~ /^@/) { check_external(); next }
    if (source == target || target == "" || target ~ /^(testdata|tools\/deps)/ || source ~ /^(testdata|tools\/deps)/) next
    b = entry(target)
    if (a == "") { complain("ARCHITECTURE.md names no layer for " source); next }
    if (b == "") { if (target !~ /^tools/ || a !~ /^tools/) complain("ARCHITECTURE.md names no layer for " target); next }
    if (b == "proto") { if (a != "proto" && !(a in uses_proto)) complain("messages stay at the edges"); next }
    if (a == b || level[b] < level[a] || (a ~ /^tools/ && b ~ /^tools/)) next
    complain(sprintf("L%d may not use L%d%s", level[a], level[b], level[a] == level[b] ? " (siblings do not see each other)" : ""))
  }
  END {
    if (!edges_seen) { print "layers: the query gave no edges"; exit 1 }
    exit bad > 0
  }
' ARCHITECTURE.md "$edges"
