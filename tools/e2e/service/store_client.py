# SPDX-License-Identifier: Apache-2.0
"""A client of the service's content and leases, with stubs made from the .proto files.

usage: store_client.py SOCKET lease ID              makes a lease
       store_client.py SOCKET put COUNT [LEASE]     brings so many blobs of 1 MiB, and prints their digests
       store_client.py SOCKET pour                  brings such blobs, and prints their digests, until the service is gone; tries again while the store is full
       store_client.py SOCKET held LEASE            prints what the lease holds
       store_client.py SOCKET read DIGEST           fails unless the blob is whole
An error of the service is printed as its code and message, with exit code 1.
"""
import hashlib
import os
import sys
import time

import grpc
from containerd.services.content.v1 import content_pb2, content_pb2_grpc
from containerd.services.leases.v1 import leases_pb2, leases_pb2_grpc

SIZE = 1 << 20


def put(content, lease):
    data = os.urandom(SIZE)
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    half = SIZE // 2
    requests = [
        content_pb2.WriteContentRequest(action=content_pb2.WRITE, ref=digest, total=SIZE, expected=digest, data=data[:half]),
        content_pb2.WriteContentRequest(action=content_pb2.COMMIT, offset=half, data=data[half:]),
    ]
    for _ in content.Write(iter(requests), metadata=[("containerd-lease", lease)] if lease else None):
        pass
    return digest


def pour(content):
    while True:
        try:
            print(put(content, ""), flush=True)
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.RESOURCE_EXHAUSTED:
                raise
            time.sleep(0.05)


def read(content, digest):
    seen = hashlib.sha256()
    for response in content.Read(content_pb2.ReadContentRequest(digest=digest)):
        seen.update(response.data)
    assert digest == "sha256:" + seen.hexdigest(), digest


def main():
    socket, action, *rest = sys.argv[1:]
    channel = grpc.insecure_channel("unix:" + socket, options=[("grpc.max_receive_message_length", -1)])
    content = content_pb2_grpc.ContentStub(channel)
    leases = leases_pb2_grpc.LeasesStub(channel)
    if action == "lease":
        print(leases.Create(leases_pb2.CreateRequest(id=rest[0])).lease.id)
    elif action == "put":
        for _ in range(int(rest[0])):
            print(put(content, rest[1] if len(rest) > 1 else ""), flush=True)
    elif action == "pour":
        pour(content)
    elif action == "held":
        for resource in leases.ListResources(leases_pb2.ListResourcesRequest(id=rest[0])).resources:
            print(resource.type, resource.id)
    elif action == "read":
        read(content, rest[0])


try:
    main()
except grpc.RpcError as error:
    sys.exit(f"{error.code().name} {error.details()}")
