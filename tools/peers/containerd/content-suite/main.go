// SPDX-License-Identifier: Apache-2.0

// usage: content-suite WAYBILL
//
// Runs containerd's own test suite for content stores, which every store of containerd passes, against the content
// service of `WAYBILL serve`: one service per check. Needs root, as the suite does.
package main

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/containerd/v2/core/content/proxy"
	"github.com/containerd/containerd/v2/core/content/testsuite"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// start runs a service below root and returns its store and how to end it.
func start(ctx context.Context, waybill, root string) (context.Context, content.Store, func() error, error) {
	// A socket's path must be short.
	directory, err := os.MkdirTemp("/tmp", "waybill-")
	if err != nil {
		return nil, nil, nil, err
	}
	address := "unix://" + filepath.Join(directory, "s")
	command := exec.Command(waybill, "serve", "--listen", address, "--root", filepath.Join(root, "service"))
	log, err := command.StderrPipe()
	if err != nil {
		return nil, nil, nil, err
	}
	if err := command.Start(); err != nil {
		return nil, nil, nil, err
	}
	// It says when it listens.
	if _, err := bufio.NewReader(log).ReadString('\n'); err != nil {
		return nil, nil, nil, err
	}
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, nil, nil, err
	}
	stop := func() error {
		conn.Close()
		command.Process.Signal(os.Interrupt)
		err := command.Wait()
		os.RemoveAll(directory)
		return err
	}
	return ctx, proxy.NewContentStore(conn), stop, nil
}

func main() {
	waybill := os.Args[1]
	os.Args = []string{os.Args[0], "-test.v", "-test.root"}
	all := func(string, string) (bool, error) { return true, nil }
	testing.Main(all, []testing.InternalTest{{Name: "Content", F: func(t *testing.T) {
		testsuite.ContentSuite(t, "waybill", func(ctx context.Context, root string) (context.Context, content.Store, func() error, error) {
			return start(ctx, waybill, root)
		})
	}}}, nil, nil)
}
