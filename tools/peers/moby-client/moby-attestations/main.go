// SPDX-License-Identifier: Apache-2.0

// usage: moby-attestations HOST [--platform OS/ARCH] [--type URI]... [--statement] IMAGE
//
// Asks for the attestations of an image with moby's own client, as it negotiates with any daemon. HOST is
// unix:///path or tcp://host:port. Prints the version that was negotiated, then a line for each attestation:
// predicate type, digest, size, and the sha256 of the statement's bytes, or "-".
package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// check ends the program with 3 for what is not found, 4 for what is forbidden, 5 for what is invalid.
func check(err error, what string) {
	if err == nil {
		return
	}
	fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
	switch {
	case errdefs.IsNotFound(err):
		os.Exit(3)
	case errdefs.IsPermissionDenied(err):
		os.Exit(4)
	case errdefs.IsInvalidArgument(err):
		os.Exit(5)
	}
	os.Exit(1)
}

func main() {
	host, image, types := os.Args[1], "", []string(nil)
	var options []client.ImageAttestationsOption
	for arguments := os.Args[2:]; len(arguments) > 0; arguments = arguments[1:] {
		switch arguments[0] {
		case "--platform":
			arguments = arguments[1:]
			system, architecture, _ := strings.Cut(arguments[0], "/")
			options = append(options, client.ImageAttestationsWithPlatform(ocispec.Platform{OS: system, Architecture: architecture}))
		case "--type":
			arguments = arguments[1:]
			types = append(types, arguments[0])
		case "--statement":
			options = append(options, client.ImageAttestationsWithStatement())
		default:
			image = arguments[0]
		}
	}
	if len(types) > 0 {
		options = append(options, client.ImageAttestationsWithPredicateTypes(types...))
	}
	ctx := context.Background()
	api, err := client.New(client.WithHost(host))
	check(err, "client")
	ping, err := api.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true})
	check(err, "ping")
	version, err := api.ServerVersion(ctx, client.ServerVersionOptions{})
	check(err, "version")
	fmt.Printf("%s %s %s %s\n", version.Platform.Name, ping.OSType, ping.APIVersion, api.ClientVersion())
	result, err := api.ImageAttestations(ctx, image, options...)
	check(err, "attestations")
	for _, one := range result.Items {
		statement := "-"
		if one.Statement != nil {
			statement = fmt.Sprintf("sha256:%x", sha256.Sum256(*one.Statement))
		}
		fmt.Println(one.PredicateType, one.Descriptor.Digest, one.Descriptor.Size, statement)
	}
}
