#!/usr/bin/python3
"""Each target names what its files include: prints dependencies that are missing, and ones whose headers are not even indirectly included.

The clang build (layering_check) proves the first half for our own headers; this takes a second, and knows the libraries of the system too.
"""

import functools
import os
import re
import subprocess
import sys
import xml.etree.ElementTree

# The first folder or the whole of a system include, and the libraries of tools/deps that give it.
SYSTEM = {
    "absl": ["@absl//:absl"],
    "benchmark": ["@benchmark//:benchmark"],
    "boost": ["@boost//:boost"],
    "prometheus": ["@prometheus//:prometheus"],
    "CLI": ["@cli11//:cli11"],
    "curl": ["@curl//:curl"],
    "gmock": ["@gtest//:gtest_main", "@gtest//:gtest"],
    "google": ["@protobuf//:protobuf"],
    "grpc": ["@grpc//:grpc"],
    "grpcpp": ["@grpc//:grpc", "@grpc//:reflection"],
    "gtest": ["@gtest//:gtest_main", "@gtest//:gtest"],
    "nlohmann": ["@nlohmann_json//:nlohmann_json"],
    "openssl": ["@openssl//:openssl"],
    "p11-kit-1": ["@p11_kit//:p11_kit"],
    "re2": ["@re2//:re2"],
    "toml++": ["@tomlplusplus//:tomlplusplus"],
    "libdeflate.h": ["@libdeflate//:libdeflate"],
    "sodium.h": ["@libsodium//:libsodium"],
    "zlib.h": ["@zlib//:zlib"],
    "zstd.h": ["@zstd//:zstd"],
}
# gtest_main is the main function of a test; the reflection plugin registers itself.
NEVER_UNUSED = {"@gtest//:gtest_main", "@grpc//:reflection"}
INCLUDE = re.compile(r'^#include [<"]([^>"]+)[>"]', re.MULTILINE)


def targets():
    """Yields (label, {srcs, hdrs, deps}, kind) of every C++ target; kind is "proto", "room" or ""."""
    query = ["bazel", "query", "--noshow_progress", "--noimplicit_deps", "--output=xml", 'kind("cc_(library|binary|test) rule", //...)']
    document = subprocess.run(query, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=True).stdout
    for rule in xml.etree.ElementTree.fromstring(document.replace(b'version="1.1"', b'version="1.0"', 1)).iter("rule"):
        lists = {e.get("name"): [label.get("value") for label in e.iter("label")] for e in rule.iter("list")}
        parts = {key: lists.get(key, []) for key in ("srcs", "hdrs", "deps")}
        makers = [e.get("value") for e in rule.iter("string") if e.get("name") == "generator_function"]
        yield rule.get("name"), parts, {"proto_package": "proto", "room": "room"}.get(makers[0] if makers else "", "")


def path(label):
    package, _, name = label.removeprefix("//").partition(":")
    return os.path.join(package, name)


@functools.cache
def includes(file):
    if file.endswith((".pb.h", ".pb.cc")):
        return {"google/protobuf/message.h"} | ({"grpcpp/grpcpp.h"} if ".grpc.pb" in file else set())
    try:
        with open(file, encoding="utf-8") as text:
            return set(INCLUDE.findall(text.read()))
    except FileNotFoundError:
        return set()


def closure(files):
    """All that the files include, directly or through headers of the tree."""
    found, left = set(), list(files)
    while left:
        new = includes(left.pop()) - found
        found |= new
        left += new
    return found


def givers(name, giver):
    return [giver[name]] if name in giver else SYSTEM.get(name.split("/")[0], [])


def missing(label, parts, giver):
    """Yields what one target includes and does not name."""
    own = [path(file) for file in parts["srcs"] + parts["hdrs"]]
    found = {}
    for file in own:
        for name in includes(file) - set(own):
            candidates = givers(name, giver)
            if candidates and not set(candidates) & set(parts["deps"]):
                found[candidates[0]] = f"{file} includes {name}"
    for dep, why in sorted(found.items()):
        yield f"{label}: missing dependency {dep}: {why}"


def unused(parts, giver):
    """The dependencies of one target that it does not include."""
    own = [path(file) for file in parts["srcs"] + parts["hdrs"]]
    used = {dep for name in closure(own) for dep in givers(name, giver)} | NEVER_UNUSED
    known = set(giver.values())
    return {dep for dep in parts["deps"] if dep not in used and (dep in known or dep.startswith("@"))}


def check(everything, giver):
    """Yields the findings. The targets of a room share their dependencies: one that nobody of them includes is too much."""
    rooms = {}
    for label, parts, kind in everything:
        if kind == "proto":
            continue
        yield from missing(label, parts, giver)
        here, package = unused(parts, giver), label.partition(":")[0]
        if kind != "room":
            yield from (f"{label}: nothing includes {dep}" for dep in here)
            continue
        users = set(parts["deps"]) - here
        superfluous, used = rooms.get(package, (set(), set()))
        rooms[package] = (superfluous | here, used | users)
    for package, (superfluous, used) in rooms.items():
        yield from (f"{package}: nothing includes {dep}" for dep in superfluous - used if not dep.startswith(f"{package}:"))


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.realpath(__file__)), "../.."))
    everything = list(targets())
    giver = {path(header): label for label, parts, _ in everything for header in parts["hdrs"]}
    findings = list(check(everything, giver))
    print("\n".join(sorted(findings)), end="\n" if findings else "")
    return 1 if findings or not everything else 0


if __name__ == "__main__":
    sys.exit(main())
