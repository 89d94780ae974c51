"""Repositories that stand in for downloads: Debian's libraries, and the rule sets Bazel's own tools ask for."""

def debian_library(name):
    """A library of the system, described by tools/deps/<name>.BUILD. Headers are in the compiler's own search path."""
    native.new_local_repository(
        name = name,
        path = "tools/deps/system",
        build_file = "//tools/deps:%s.BUILD" % name,
    )

def rules_cc():
    native.local_repository(name = "rules_cc", path = "tools/deps/rules_cc")

def platforms():
    native.local_repository(name = "platforms", path = "/usr/share/bazel/platforms")

def rules_java():
    native.local_repository(name = "rules_java", path = "/usr/share/bazel/rules/java")

def coverage_tools():
    native.local_repository(name = "remote_coverage_tools", path = "tools/deps/remote_coverage_tools")
