"""C++ from .proto files with Debian's protoc: the native proto rules of this Bazel would want to download it."""

load("@rules_cc//cc:defs.bzl", "cc_library")

def cc_proto(name, src, deps = [], grpc = False, visibility = None):
    """A library of the messages (and with `grpc` the stubs) of one file.

    Args:
      name: the library; include "<package>/<file without .proto>.pb.h" (and ".grpc.pb.h").
      src: the .proto file, imported by its path from the top.
      deps: cc_proto libraries of this tree that it imports.
      grpc: generate services too.
      visibility: as of any rule.
    """
    stem = src[:-len(".proto")]
    kinds = [".pb", ".grpc.pb"] if grpc else [".pb"]
    plugin = " --grpc_out=$(GENDIR) --plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin" if grpc else ""
    native.filegroup(
        name = name + "_proto",
        srcs = [src] + [dep + "_proto" for dep in deps],
        visibility = visibility,
    )
    native.genrule(
        name = name + "_cc",
        srcs = [":" + name + "_proto"],
        outs = [stem + kind + end for kind in kinds for end in [".h", ".cc"]],
        cmd = "protoc -I. -I/usr/include --cpp_out=$(GENDIR)%s %s/%s" % (plugin, native.package_name(), src),
    )
    cc_library(
        name = name,
        srcs = [stem + kind + ".cc" for kind in kinds],
        hdrs = [stem + kind + ".h" for kind in kinds],
        copts = ["-Wno-unused-parameter"],
        deps = deps + (["@grpc"] if grpc else []) + ["@protobuf"],
        visibility = visibility,
    )
