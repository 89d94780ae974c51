// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/moby/buildkit/client"
)

// A build of small layers takes less than a second; this is for machines with much else to do.
const buildLimit = 2 * time.Minute

// Outcome is all that one export did.
type Outcome struct {
	Err      string
	Response map[string]string
	Results  string // what only waybill answers
	// What came over the client's session: an archive and what was said about it, or a directory.
	Archive   []byte
	About     map[string]string
	Directory map[string][]byte
	// What the registry has, by repository.
	Registry map[string]Repository
	// When it ran, in seconds.
	Began, Ended int64
}

// archive collects what a client is sent.
type archive struct{ bytes.Buffer }

func (archive) Close() error { return nil }

// export builds the case once with these exporters. An error is one of this program or of the machine: what the daemon
// reports is part of the outcomes, one for each exporter. Error, response and registry are the same in all of them.
func (c *Case) export(ctx context.Context, daemon *client.Client, registry *Registry, exporters ...Exporter) ([]Outcome, error) {
	if c.Cold {
		if err := dropCache(ctx, daemon); err != nil {
			return nil, err
		}
	}
	registry.Reset()
	scratch, err := os.MkdirTemp("", "differential")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(scratch)
	received := make([]received, len(exporters))
	options := client.SolveOpt{FrontendAttrs: c.Frontend, CompatibilityVersion: c.Version}
	for i, e := range exporters {
		options.Exports = append(options.Exports, received[i].entry(e, scratch))
	}
	limited, cancel := context.WithTimeout(ctx, buildLimit)
	defer cancel()
	common := Outcome{Began: time.Now().Unix()}
	solved, err := daemon.Build(limited, options, "", c.frontend, nil)
	if limited.Err() != nil {
		return nil, limited.Err()
	}
	if err != nil {
		common.Err = err.Error()
	} else {
		common.Response = solved.ExporterResponse
		common.Results = common.Response[resultsKey]
		delete(common.Response, resultsKey)
	}
	common.Registry, common.Ended = registry.Repositories(), time.Now().Unix()
	outcomes := make([]Outcome, len(exporters))
	for i := range outcomes {
		if outcomes[i], err = received[i].outcome(exporters[i], common); err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}

// dropCache empties the daemon's cache. What a build that has just ended still holds is let go a moment later.
func dropCache(ctx context.Context, daemon *client.Client) error {
	for range 100 {
		if err := daemon.Prune(ctx, nil, client.PruneAll); err != nil {
			return err
		}
		records, err := daemon.DiskUsage(ctx)
		if err != nil || len(records) == 0 {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
	return errors.New("the daemon's cache does not become empty")
}

// received is what a client is sent for one exporter.
type received struct {
	archive   archive
	about     map[string]string
	directory string
}

// entry has the client put it here, or into a directory.
func (r *received) entry(e Exporter, scratch string) client.ExportEntry {
	entry := client.ExportEntry{Type: e.Type, Attrs: e.Attrs}
	switch {
	case e.Type == "image":
	case e.toDirectory():
		r.directory = scratch
		entry.OutputDir = scratch
	default:
		entry.Output = func(metadata map[string]string) (io.WriteCloser, error) {
			r.about = metadata
			return &r.archive, nil
		}
	}
	return entry
}

func (r *received) outcome(e Exporter, common Outcome) (outcome Outcome, err error) {
	outcome = common
	outcome.Archive, outcome.About = r.archive.Bytes(), r.about
	if r.directory != "" {
		outcome.Directory, err = e.files(r.directory)
	}
	return outcome, err
}

// files below a directory, by path. Of file systems also what else is there, with modes and times.
func (e Exporter) files(directory string) (map[string][]byte, error) {
	found := map[string][]byte{}
	return found, filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == directory {
			return err
		}
		name, err := filepath.Rel(directory, path)
		if err != nil {
			return err
		}
		if e.WritesFiles() {
			info, err := entry.Info()
			if err != nil {
				return err
			}
			found[name+" "] = fmt.Appendf(nil, "%s %s", info.Mode(), info.ModTime().UTC().Format(time.RFC3339Nano))
		}
		if entry.Type().IsRegular() {
			found[name], err = os.ReadFile(path)
		}
		return err
	})
}
