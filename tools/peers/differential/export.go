// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
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

// export builds the case with one of its exporters. An error is one of this program or of the machine: what the daemon
// reports is part of the outcome.
func (c *Case) export(ctx context.Context, daemon *client.Client, e Exporter, registry *Registry) (Outcome, error) {
	if c.Cold {
		if err := daemon.Prune(ctx, nil, client.PruneAll); err != nil {
			return Outcome{}, err
		}
	}
	registry.Reset()
	var file archive
	var about map[string]string
	entry := client.ExportEntry{Type: e.Type, Attrs: e.Attrs}
	directory := ""
	switch {
	case e.Type == "image":
	case e.Attrs["tar"] == "false":
		var err error
		if directory, err = os.MkdirTemp("", "differential"); err != nil {
			return Outcome{}, err
		}
		defer os.RemoveAll(directory)
		entry.OutputDir = directory
	default:
		entry.Output = func(metadata map[string]string) (io.WriteCloser, error) {
			about = metadata
			return &file, nil
		}
	}
	limited, cancel := context.WithTimeout(ctx, buildLimit)
	defer cancel()
	options := client.SolveOpt{Exports: []client.ExportEntry{entry}, FrontendAttrs: c.Frontend, CompatibilityVersion: c.Version}
	began := time.Now().Unix()
	solved, err := daemon.Build(limited, options, "", c.frontend, nil)
	outcome := Outcome{Archive: file.Bytes(), About: about, Registry: registry.Repositories(), Began: began, Ended: time.Now().Unix()}
	if limited.Err() != nil {
		return outcome, limited.Err()
	}
	if err != nil {
		outcome.Err = err.Error()
	} else {
		outcome.Response = solved.ExporterResponse
		outcome.Results = outcome.Response[resultsKey]
		delete(outcome.Response, resultsKey)
	}
	if directory != "" {
		outcome.Directory, err = files(directory)
		return outcome, err
	}
	return outcome, nil
}

// files below a directory, by path.
func files(directory string) (map[string][]byte, error) {
	found := map[string][]byte{}
	return found, filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(directory, path)
		if err != nil {
			return err
		}
		found[name], err = os.ReadFile(path)
		return err
	})
}
