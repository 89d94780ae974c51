"""Protocol Buffers with Debian's protoc: one rule per proto package."""

# Generated code is not held to the warnings of ours.
_COPTS = ["-w"]

def proto_package(name, srcs, deps = [], services = []):
    """A cc_library with the messages of `srcs`, and, for the files in `services`, their gRPC stubs.

    Imports start below //proto, as clients in other languages expect: "waybill/v1/exporter.proto". Includes are from
    the top as everywhere: "proto/waybill/v1/exporter.pb.h".

    Args:
      name: the library. `<name>_protos` are its sources and all they import, for other packages and other languages.
      srcs: the .proto files of this folder.
      deps: other proto_package targets that they import.
      services: those of `srcs` that define services.
    """
    protos = "%s_protos" % name
    native.filegroup(name = protos, srcs = srcs + ["%s_protos" % _absolute(dep) for dep in deps])

    bases = [src[:-len(".proto")] for src in srcs]
    stubs = [src[:-len(".proto")] for src in services]
    headers = ["%s.pb.h" % base for base in bases] + ["%s.grpc.pb.h" % base for base in stubs]
    sources = ["%s.pb.cc" % base for base in bases] + ["%s.grpc.pb.cc" % base for base in stubs]
    commands = ["protoc -I proto --cpp_out=$(BINDIR)/proto %s" % " ".join(["$(execpath %s)" % src for src in srcs])]
    if services:
        commands.append(
            "protoc -I proto --plugin=protoc-gen-grpc=$$(command -v grpc_cpp_plugin) --grpc_out=$(BINDIR)/proto %s" %
            " ".join(["$(execpath %s)" % src for src in services]),
        )

    # protoc includes what it imports by the name of the import.
    commands.append(
        "sed -i 's|^#include \"\\(.*\\)\\.pb\\.h\"|#include \"proto/\\1.pb.h\"|' $(OUTS)",
    )
    native.genrule(
        name = "%s_generated" % name,
        srcs = srcs + [":%s" % protos],
        outs = headers + sources,
        cmd = " && ".join(commands),
        message = "Generating",
    )
    native.cc_library(
        name = name,
        srcs = sources,
        hdrs = headers,
        copts = _COPTS,
        deps = deps + ["@protobuf"] + (["@grpc"] if services else []),
    )

def _absolute(label):
    return label if ":" in label else "%s:%s" % (label, label.split("/")[-1])
