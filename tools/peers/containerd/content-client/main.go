// SPDX-License-Identifier: Apache-2.0

// usage: content-client unix:///path FILE...
//        content-client unix:///path --read DIGEST
//
// The second reads what the service has already, whole and at its end, and prints the size and the digest of the bytes.
// The first:
//
// Brings files to a content service with containerd's own client library, every second one in two calls with a broken
// connection between them, and checks what the service tells of them.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/containerd/v2/core/content/proxy"
	"github.com/containerd/errdefs"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

func check(err error, what string) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}

func require(ok bool, what string, values ...any) {
	if !ok {
		check(fmt.Errorf("got %v", values), what)
	}
}

// interrupt writes the first half in a call that ends without a commit.
func interrupt(ctx context.Context, store content.Store, ref string, desc ocispec.Descriptor, data []byte) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	writer, err := store.Writer(ctx, content.WithRef(ref), content.WithDescriptor(desc))
	check(err, "open "+ref)
	half := len(data) / 2
	n, err := writer.Write(data[:half])
	check(err, "write "+ref)
	require(n == half, "written", n, half)
	check(writer.Close(), "close "+ref)
	status, err := store.Status(ctx, ref)
	check(err, "status "+ref)
	require(status.Offset == int64(half) && status.Total == desc.Size, "status", status)
}

func push(ctx context.Context, store content.Store, path string, twice bool) ocispec.Descriptor {
	data, err := os.ReadFile(path)
	check(err, path)
	desc := ocispec.Descriptor{Digest: digest.FromBytes(data), Size: int64(len(data))}
	ref := "test-" + desc.Digest.String()
	if twice {
		interrupt(ctx, store, ref, desc, data)
	}
	labels := content.WithLabels(map[string]string{"waybill.test/file": "yes"})
	check(content.WriteBlob(ctx, store, ref, bytes.NewReader(data), desc, labels), "push "+path)
	// What is there already is a success.
	check(content.WriteBlob(ctx, store, ref, bytes.NewReader(data), desc), "push again "+path)

	info, err := store.Info(ctx, desc.Digest)
	check(err, "info "+path)
	require(info.Size == desc.Size && info.Labels["waybill.test/file"] == "yes", "info", info)
	got, err := content.ReadBlob(ctx, store, desc)
	check(err, "read "+path)
	require(bytes.Equal(got, data), "bytes of", path)
	reader, err := store.ReaderAt(ctx, desc)
	check(err, "reader of "+path)
	tail := make([]byte, 7)
	n, err := reader.ReadAt(tail, desc.Size-3)
	require(n == 3 && errors.Is(err, io.EOF) && bytes.Equal(tail[:3], data[desc.Size-3:]), "end of", path, n, err)
	return desc
}

// read reads a blob as containerd does: its size from Info, its bytes through a ReaderAt.
func read(ctx context.Context, store content.Store, blob digest.Digest) {
	info, err := store.Info(ctx, blob)
	check(err, "info")
	desc := ocispec.Descriptor{Digest: info.Digest, Size: info.Size}
	data, err := content.ReadBlob(ctx, store, desc)
	check(err, "read")
	reader, err := store.ReaderAt(ctx, desc)
	check(err, "reader")
	tail := make([]byte, 7)
	n, err := reader.ReadAt(tail, desc.Size-3)
	require(n == 3 && errors.Is(err, io.EOF) && bytes.Equal(tail[:3], data[desc.Size-3:]), "end", n, err)
	fmt.Println(len(data), digest.FromBytes(data))
}

func main() {
	ctx := context.Background()
	conn, err := grpc.NewClient(os.Args[1], grpc.WithTransportCredentials(insecure.NewCredentials()))
	check(err, os.Args[1])
	store := proxy.NewContentStore(conn)
	if os.Args[2] == "--read" {
		read(ctx, store, digest.Digest(os.Args[3]))
		return
	}
	pushed := map[digest.Digest]bool{}
	var last ocispec.Descriptor
	for i, path := range os.Args[2:] {
		last = push(ctx, store, path, i%2 == 1)
		pushed[last.Digest] = true
	}

	walked := 0
	count := func(info content.Info) error {
		if pushed[info.Digest] {
			walked++
		}
		return nil
	}
	check(store.Walk(ctx, count), "walk")
	require(walked == len(pushed), "walked", walked, len(pushed))
	walked = 0
	check(store.Walk(ctx, count, `labels."waybill.test/file"==yes`), "walk by label")
	require(walked == len(pushed), "walked by label", walked, len(pushed))

	changed, err := store.Update(ctx, content.Info{Digest: last.Digest, Labels: map[string]string{"a": "b"}}, "labels.a")
	check(err, "update")
	require(changed.Labels["a"] == "b" && changed.Labels["waybill.test/file"] == "yes", "labels", changed.Labels)

	wrong := last
	wrong.Digest = digest.FromString("something else")
	data, err := content.ReadBlob(ctx, store, last)
	check(err, "read")
	err = content.WriteBlob(ctx, store, "wrong", bytes.NewReader(data), wrong)
	require(errdefs.IsFailedPrecondition(err), "a wrong digest", err)
	check(store.Abort(ctx, "wrong"), "abort")
	require(errdefs.IsNotFound(store.Abort(ctx, "nobody")), "abort of nothing")

	check(store.Delete(ctx, last.Digest), "delete")
	_, err = store.Info(ctx, last.Digest)
	require(errdefs.IsNotFound(err), "info of what was deleted", err)
	statuses, err := store.ListStatuses(ctx)
	check(err, "statuses")
	require(len(statuses) == 0, "unfinished", statuses)
	fmt.Println(len(pushed), "blobs")
}
