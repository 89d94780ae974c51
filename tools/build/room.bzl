"""A room: one folder, one namespace, one package, one library with its tests (ARCHITECTURE.md, "Rooms")."""

_COMMON_HEADERS = "//tools/build:common_headers"
_COPTS = ["$(COMMON_HEADERS)"]

def room(
        name,
        deps = [],
        test_deps = [],
        test_data = [],
        tests = {},
        exclude = [],
        testonly = False,
        alwayslink = False):
    """Declares the library of this folder and one test program for each *_test.cc in it.

    Every .cc and .h of the folder belongs to the library, but for tests and what `exclude` names. A new file needs no
    change here unless it brings a new dependency. tools/check/layers.py says which rooms a room may use.

    Args:
      name: the folder's name, so that the label is //the/folder.
      deps: what the library includes; the tests may include it too.
      test_deps: what only tests include.
      test_data: files that every test reads.
      tests: attributes of single tests: {"push_test": {"shard_count": 4}}; their deps and data come on top of the others'.
      exclude: files that belong to other targets of the folder, such as main functions.
      testonly: for rooms that only tests use.
      alwayslink: for libraries that register themselves.
    """
    headers = native.glob(["*.h"], exclude = exclude)
    sources = native.glob(["*.cc"], exclude = ["*_test.cc"] + exclude)
    own = []
    if headers or sources:
        own = [":" + name]
        native.cc_library(
            name = name,
            testonly = testonly,
            srcs = sources,
            hdrs = headers,
            alwayslink = alwayslink,
            copts = _COPTS,
            toolchains = [_COMMON_HEADERS],
            visibility = ["//:__subpackages__"],
            deps = deps + [_COMMON_HEADERS],
        )
    sources_of_tests = native.glob(["*_test.cc"], exclude = exclude)
    for test in tests:
        if test + ".cc" not in sources_of_tests:
            fail("there is no %s.cc" % test)
    for source in sources_of_tests:
        test = source[:-len(".cc")]
        attributes = dict(tests.get(test, {}))
        native.cc_test(
            name = test,
            srcs = [source],
            data = test_data + attributes.pop("data", []),
            copts = _COPTS,
            toolchains = [_COMMON_HEADERS],
            deps = own + [dep for dep in deps if dep != "@gtest"] + test_deps + attributes.pop("deps", []) + ["@gtest//:gtest_main", _COMMON_HEADERS],
            **attributes
        )
