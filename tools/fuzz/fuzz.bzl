"""Fuzz targets: one parser each, run by libFuzzer on demand and over its kept seeds in every test run."""

def fuzz_target(name, deps):
    """Declares the target in <name>.cc, which defines LLVMFuzzerTestOneInput.

    Makes <name>_corpus_test, an ordinary test over the files of corpus/<name>, and <name>_fuzzer (tools/fuzz/run.sh).
    """
    native.cc_library(
        name = name,
        testonly = True,
        srcs = [name + ".cc"],
        alwayslink = True,
        deps = deps,
    )
    native.cc_test(
        name = name + "_corpus_test",
        srcs = ["//tools/fuzz:corpus_test.cc"],
        data = native.glob(["corpus/%s/*" % name]),
        local_defines = ['CORPUS=\\"%s/corpus/%s\\"' % (native.package_name(), name)],
        deps = [
            ":" + name,
            "@gtest//:gtest_main",
        ],
    )
    native.cc_binary(
        name = name + "_fuzzer",
        testonly = True,
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["manual"],  # needs --config=fuzz
        deps = [":" + name],
    )
