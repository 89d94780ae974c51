// SPDX-License-Identifier: Apache-2.0

// Says which chain of manifests moby's policy-helpers find for an image: "image", "attestation" and "signature", each
// with a digest, as far as the chain goes.
// usage: policy-chain IMAGE@DIGEST PLATFORM       the registry is asked over plain HTTP
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/containerd/v2/core/remotes"
	"github.com/containerd/containerd/v2/core/remotes/docker"
	"github.com/containerd/platforms"
	"github.com/moby/policy-helpers/image"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// A registry's manifests as policy-helpers ask for them.
type provider struct {
	remotes.Fetcher
	remotes.ReferrersFetcher
}

type readerAt struct{ *bytes.Reader }

func (readerAt) Close() error { return nil }

func (p provider) ReaderAt(ctx context.Context, desc ocispecs.Descriptor) (content.ReaderAt, error) {
	reader, err := p.Fetch(ctx, desc)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	data, err := io.ReadAll(reader)
	return readerAt{bytes.NewReader(data)}, err
}

func run(ctx context.Context, ref, name string) error {
	platform, err := platforms.Parse(name)
	if err != nil {
		return err
	}
	resolver := docker.NewResolver(docker.ResolverOptions{
		Hosts: docker.ConfigureDefaultRegistries(docker.WithPlainHTTP(docker.MatchAllHosts)),
	})
	_, root, err := resolver.Resolve(ctx, ref)
	if err != nil {
		return err
	}
	fetcher, err := resolver.Fetcher(ctx, ref)
	if err != nil {
		return err
	}
	chain, err := image.ResolveSignatureChain(ctx, provider{fetcher, fetcher.(remotes.ReferrersFetcher)}, root, &platform)
	if err != nil {
		return err
	}
	fmt.Println("image", chain.ImageManifest.Digest)
	if chain.AttestationManifest != nil {
		fmt.Println("attestation", chain.AttestationManifest.Digest)
	}
	if chain.SignatureManifest != nil {
		fmt.Println("signature", chain.SignatureManifest.Digest)
	}
	return nil
}

func main() {
	if err := run(context.Background(), os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "policy-chain:", err)
		os.Exit(1)
	}
}
