#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Exports a result bundle in a waybill service and writes the tarball (docs/service.md explains the calls).

usage: export.py ADDRESS BUNDLE OUT.tar [KEY=VALUE]...     ADDRESS: unix:///run/waybill.sock or HOST:PORT

The messages come from the .proto files:
  protoc -I proto --python_out=OUT --grpc_out=OUT --plugin=protoc-gen-grpc=/usr/bin/grpc_python_plugin \
    waybill/v1/build_result.proto waybill/v1/exporter.proto containerd/services/content/v1/content.proto
"""
import json
import os
import sys

import grpc
from containerd.services.content.v1 import content_pb2, content_pb2_grpc
from waybill.v1 import build_result_pb2, exporter_pb2, exporter_pb2_grpc

CHUNK = 1 << 20


def blob_path(bundle, digest):
    return os.path.join(bundle, "blobs", *digest.split(":"))


def descriptor(bundle, digest, **fields):
    return build_result_pb2.Descriptor(digest=digest, size=os.path.getsize(blob_path(bundle, digest)), **fields)


def read_result(bundle):
    """The build result as a message."""
    with open(os.path.join(bundle, "result.json"), encoding="utf-8") as file:
        source = json.load(file)
    result = build_result_pb2.BuildResult(is_map=source["is_map"])
    for key, value in source["metadata"].items():
        with open(blob_path(bundle, value["blob"]), "rb") if "blob" in value else open(os.devnull, "rb") as file:
            result.metadata[key] = file.read() if "blob" in value else value["text"].encode()
    for key in source.get("ref_keys", []) + list(source["refs"]):
        ref = result.refs[key]
        for layer in (source["refs"].get(key) or {}).get("layers", []) if not ref.layers else []:
            blob = descriptor(bundle, layer["digest"], media_type=layer["media_type"])
            ref.layers.add(blob=blob, diff_id=layer["diff_id"], created_at=layer.get("created_at", ""),
                           description=layer.get("description", ""))
    for platform, attestations in source.get("attestations", {}).items():
        for item in attestations:
            kind = {"in-toto": build_result_pb2.Attestation.KIND_IN_TOTO, "bundle": build_result_pb2.Attestation.KIND_BUNDLE}
            message = result.attestations[platform].attestations.add(
                kind=kind[item["kind"]], path=item["path"], predicate_type=item["predicate_type"])
            message.metadata.update({key: value.encode() for key, value in item["metadata"].items()})
            if "content" in item:
                message.content.CopyFrom(descriptor(bundle, item["content"]))
            for name, digest in item.get("files", {}).items():
                message.files[name].CopyFrom(descriptor(bundle, digest))
    return result


def blobs_of(result):
    for ref in result.refs.values():
        yield from (layer.blob for layer in ref.layers)
    for attestations in result.attestations.values():
        for item in attestations.attestations:
            yield from ([item.content] if item.HasField("content") else item.files.values())


def upload(content, bundle, blob):
    """One blob: the first message tells what comes, COMMIT ends it. ALREADY_EXISTS: the service has it."""
    def messages():
        yield content_pb2.WriteContentRequest(action=content_pb2.STAT, ref="example-" + blob.digest, total=blob.size,
                                              expected=blob.digest)
        with open(blob_path(bundle, blob.digest), "rb") as file:
            while data := file.read(CHUNK):
                yield content_pb2.WriteContentRequest(action=content_pb2.WRITE, offset=file.tell() - len(data), data=data)
        yield content_pb2.WriteContentRequest(action=content_pb2.COMMIT, offset=blob.size)
    try:
        for response in content.Write(messages()):
            print("upload", blob.digest, response.offset, "of", blob.size)
    except grpc.RpcError as error:
        if error.code() != grpc.StatusCode.ALREADY_EXISTS:
            raise


def main(address, bundle, out, *attributes):
    with grpc.insecure_channel(address) as channel:
        result = read_result(bundle)
        for blob in {blob.digest: blob for blob in blobs_of(result)}.values():
            upload(content_pb2_grpc.ContentStub(channel), bundle, blob)
        request = exporter_pb2.ExportRequest(type="oci", attributes=dict(pair.split("=", 1) for pair in attributes), result=result)
        with open(out, "wb") as file:
            for event in exporter_pb2_grpc.ExporterStub(channel).Export(request):
                if event.WhichOneof("event") == "data":
                    file.write(event.data)
                else:
                    print(event)


if __name__ == "__main__":
    main(*sys.argv[1:])
