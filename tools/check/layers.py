#!/usr/bin/python3
"""The build follows the table "Rooms" of ARCHITECTURE.md: a room uses the rows below its own. Prints each dependency that does not.

A room stands in the table by its folder; folders named testing, and those below tools/ that the table leaves out, need no row. Tests
may also use testing folders, the rooms inside their own folder, and the registry that waybill ships.
"""

import os
import re
import sys

import deps

# Libraries that belong to some rooms only: the library, and a pattern of the rooms.
OWNERS = {
    "@boost//": r"oci/http/server|exporter/http",
    "@cli11//": r"tools/",
    "@curl//": r"oci/http/curl|oci/http/testing|oci/registry/testing|tools/",
    "@grpc//": r"exporter/(rpc|service|client|bridge)|proto/|tools/",
    "@prometheus//": r"exporter/metrics",
    "@protobuf//": r"exporter/(rpc|service|client|bridge|traces)|proto/|tools/",
    "@tomlplusplus//": r"oci/registry/config|tools/",
}
ROW = re.compile(r"^\| (\d+) \| `([^`]+)` \|", re.MULTILINE)
FREE = re.compile(r"(^|/)(testing|testdata)(/|$)|^tools/(deps|build|examples|peers)")
# Rooms that do not see each other although one stands above the other.
APART = [("oci/registry", "oci/layout"), ("oci/registry", "oci/rootfs"), ("exporter/input", "exporter/output")]
FOR_TESTS = re.compile(r"(^|/)testing(/|$)|^oci/registry/server")


def package(label):
    return label.removeprefix("//").partition(":")[0]


def judge(rows, source, target, is_test):
    """What is wrong with one room's use of another, or None."""
    if source == target or FREE.search(target) or FREE.search(source) or source.startswith(target + "/") and target not in rows:
        return None
    if source not in rows and source.startswith("tools/"):
        rows = rows | {source: max(rows.values())}
    if target not in rows and target.startswith("tools/") and source.startswith("tools/"):
        return None
    for room in (source, target):
        if room not in rows:
            return f"ARCHITECTURE.md has no row for {room}"
    if any(source.startswith(a) and target.startswith(b) for a, b in APART):
        return "these rooms do not see each other"
    if rows[target] < rows[source] or is_test and (FOR_TESTS.search(target) or target.startswith(source + "/")):
        return None
    return f"row {rows[source]} may not use row {rows[target]}"


def judge_library(source, library):
    """What is wrong with a room's use of a library of the system, or None."""
    for owned, rooms in OWNERS.items():
        if library.startswith(owned) and not re.match(rooms, source):
            return "the library belongs to other rooms (tools/check/layers.py)"
    return None


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.realpath(__file__)), "../.."))
    with open("ARCHITECTURE.md", encoding="utf-8") as text:
        rows = {room: int(row) for row, room in ROW.findall(text.read())}
    findings = [f"ARCHITECTURE.md: there is no folder {room}" for room in rows if not os.path.isdir(room)]
    seen = 0
    for label, parts, _ in deps.targets():
        source, is_test = package(label), label.endswith("_test")
        for dep in parts["deps"]:
            seen += 1
            if dep.startswith("@"):
                wrong = judge_library(source, dep)
            elif dep.startswith("//proto/"):
                wrong = judge_library(source, "@protobuf//")
            else:
                wrong = judge(rows, source, package(dep), is_test)
            if wrong:
                findings.append(f"layers: {label} -> {dep}: {wrong}")
    print("\n".join(sorted(set(findings))), end="\n" if findings else "")
    return 1 if findings or not rows or not seen else 0


if __name__ == "__main__":
    sys.exit(main())
