// SPDX-License-Identifier: Apache-2.0

// usage: differential --direct ADDRESS --bridge ADDRESS [--registry HOST:PORT] [--seed N] [--cases N] [--record DIR]
//
//	differential --direct ADDRESS --own COMMAND [--registry HOST:PORT] [--seed N] [--cases N]
//
// Builds random results in a BuildKit daemon and exports each twice as image, oci, docker, local and tar: by the daemon
// itself, and through `waybill bridge` in front of the same daemon, or by `waybill export` from layers that the daemon
// has made. Everything that comes out must be the same. A case follows from its seed alone; that of a case that differs
// is printed.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/moby/buildkit/client"
	"github.com/sirupsen/logrus"
)

func main() {
	direct := flag.String("direct", "", "the daemon's `address`")
	bridge := flag.String("bridge", "", "the `address` of a bridge to it")
	own := flag.String("own", "", "the `command` of waybill, whose own export is compared instead of a bridge's")
	address := flag.String("registry", "127.0.0.1:0", "where the registry that images are pushed to listens")
	seed := flag.Uint64("seed", 1, "of the first case; the next ones have the next seeds")
	cases := flag.Int("cases", 500, "how many")
	jobs := flag.Int("jobs", 1, "how many cases at a time, each with a registry of its own; then the port must be 0")
	record := flag.String("record", "", "write what the daemon did to this `directory`, as golden cases")
	flag.Parse()
	if *direct == "" || (*bridge == "") == (*own == "") || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if !isWorker() {
		code, err := supervise()
		check(err)
		os.Exit(code)
	}
	log.SetOutput(io.Discard)
	logrus.SetOutput(io.Discard)
	ctx := context.Background()
	var recorder *Recorder
	if *record != "" {
		var err error
		recorder, err = newRecorder(*record)
		check(err)
	}
	suite, err := openSuite(os.NewFile(journalFile, "journal"), recorder)
	check(err)
	registries := make([]*Registry, *jobs)
	for i := range registries {
		registry, err := startRegistry(*address)
		check(err)
		registries[i] = registry
	}
	var seeds [2][]uint64 // of those that share the daemon's cache, and of those that drop it
	for n := range uint64(*cases) {
		kind := 0
		if *own == "" && newCase(*seed+n, "").Cold {
			kind = 1
		}
		seeds[kind] = append(seeds[kind], *seed+n)
	}
	daemon := connect(ctx, *direct)
	run := func(t *Tally, c *Case, registry *Registry) error {
		return t.runOwn(ctx, c, &Own{*own}, daemon, registry)
	}
	if *own == "" {
		through := connect(ctx, *bridge)
		run = func(t *Tally, c *Case, registry *Registry) error { return t.run(ctx, c, daemon, through, registry) }
	}
	// The latter first, while the daemon has little in its history: dropping looks through all of that.
	suite.runAll(seeds[1], registries[:1], run)
	suite.runAll(seeds[0], registries, run)
	if !suite.report() {
		os.Exit(1)
	}
}

func connect(ctx context.Context, address string) *client.Client {
	daemon, err := client.New(ctx, address)
	check(err)
	return daemon
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "differential:", err)
		os.Exit(1)
	}
}
