// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/moby/buildkit/client"
)

// Own is waybill's own export, without a daemon: the command `waybill export`.
type Own struct{ command string }

// runOwn has the daemon make the layers of a case once, and compares what the daemon and waybill make of these.
func (t *Tally) runOwn(ctx context.Context, c *Case, own *Own, daemon *client.Client, registry *Registry) error {
	// Layers are made once.
	c.Cold, c.Own = false, true
	since := time.Now().Unix()
	// Without an epoch, which would hide when layers were made.
	plain, err := c.export(ctx, daemon, registry, Exporter{Type: "oci", Attrs: map[string]string{"source-date-epoch": ""}})
	if err != nil {
		return fmt.Errorf("seed %d, layers by the daemon: %w", c.Seed, err)
	}
	image, ok := readImage(plain[0])
	directory, err := os.MkdirTemp("", "result")
	if err != nil {
		return err
	}
	defer os.RemoveAll(directory)
	if ok {
		ok, err = c.write(directory, image)
	}
	if err != nil || !ok {
		t.Skipped += len(c.Exporters)
		return err
	}
	levels := map[string]string{}
	for _, e := range c.Exporters {
		e.settleLevel(levels)
		d, err := c.export(ctx, daemon, registry, e)
		if err != nil {
			return fmt.Errorf("seed %d, %s by the daemon: %w", c.Seed, e.Type, err)
		}
		written, _ := readImage(d[0])
		if deviation, one := c.deviation(written); deviation != "" || !one || !e.fitsOwn(c) {
			t.Skipped++
			continue
		}
		w, err := own.export(ctx, c, e, directory, registry)
		if err != nil {
			return fmt.Errorf("seed %d, %s by waybill: %w", c.Seed, e.Type, err)
		}
		direct := d[0].forOwn(e)
		if direct.Err != "" && w.Err != "" {
			// Their words are compared in testdata/golden.
			direct, w = Outcome{Err: direct.Err}, Outcome{Err: direct.Err}
		}
		if e.WritesFiles() && hasMoments(since, &direct, &w) {
			forgetMoments(since, &direct, &w)
		}
		t.judge(c, e, direct.canonical(), w.canonical())
	}
	t.Cases++
	return nil
}

// settleLevel gives the exporters of one build that make the same kind of layers one level: what the daemon has made
// once it takes again, whatever the level.
func (e Exporter) settleLevel(levels map[string]string) {
	kind := e.Attrs["compression"]
	level, known := levels[kind]
	if !known {
		levels[kind] = e.Attrs["compression-level"]
	} else if level == "" {
		delete(e.Attrs, "compression-level")
	} else {
		e.Attrs["compression-level"] = level
	}
}

// fitsOwn is false for what no command line can say, for what the command refuses (a push without a name), for images that nobody gets, and for
// two faults of the daemon's: it loses annotations of a platform with an OS version, and files of several platforms in one directory come out empty
// with mode=delete.
func (e Exporter) fitsOwn(c *Case) bool {
	if e.Type == "image" && (!e.Pushes() || e.Attrs["name"] == "") {
		return false
	}
	if split, err := strconv.ParseBool(e.Attrs["platform-split"]); e.Attrs["mode"] == "delete" && len(c.Refs) > 1 && err == nil && !split {
		return false
	}
	for key, value := range e.Attrs {
		if strings.ContainsRune(key+value, 0) || annotatesOSVersion(key) {
			return false
		}
	}
	for key := range c.Metadata {
		if annotatesOSVersion(key) {
			return false
		}
	}
	return c.Version == 0 || c.Version == 10 || c.Version == 20 || c.Version == 30
}

func annotatesOSVersion(key string) bool {
	return strings.HasPrefix(key, "annotation") && strings.Contains(key, "(")
}

// write makes a result directory of the case with the layers of the image; false when it cannot hold the case.
func (c *Case) write(directory string, image Image) (bool, error) {
	blobs := filepath.Join(directory, "blobs", "sha256")
	if err := os.MkdirAll(blobs, 0o755); err != nil {
		return false, err
	}
	result, ok := (&Recorder{}).result(c, image)
	if !ok {
		return false, nil
	}
	for named, data := range image.blobs {
		if err := os.WriteFile(filepath.Join(blobs, strings.TrimPrefix(named, "sha256:")), data, 0o644); err != nil {
			return false, err
		}
	}
	text, err := json.Marshal(result)
	if err != nil {
		return false, err
	}
	return true, os.WriteFile(filepath.Join(directory, "result.json"), text, 0o644)
}

func (own *Own) export(ctx context.Context, c *Case, e Exporter, directory string, registry *Registry) (Outcome, error) {
	registry.Reset()
	scratch, err := os.MkdirTemp("", "own")
	if err != nil {
		return Outcome{}, err
	}
	defer os.RemoveAll(scratch)
	destination, metadata := filepath.Join(scratch, "out"), filepath.Join(scratch, "metadata.json")
	output, err := c.output(e, destination)
	if err != nil {
		return Outcome{}, err
	}
	arguments := []string{"export", "--progress", "quiet", "--allow-unknown", "--result", directory, "--output", output, "--metadata-file", metadata}
	if c.Version != 0 {
		arguments = append(arguments, "--compatibility-version", fmt.Sprint(c.Version))
	}
	limited, cancel := context.WithTimeout(ctx, buildLimit)
	defer cancel()
	outcome := Outcome{Began: time.Now().Unix()}
	said, err := exec.CommandContext(limited, own.command, arguments...).CombinedOutput()
	outcome.Ended, outcome.Registry = time.Now().Unix(), registry.Repositories()
	if limited.Err() != nil {
		return outcome, limited.Err()
	}
	if err != nil {
		outcome.Err = err.Error() + ": " + string(said)
		return outcome, nil
	}
	if outcome.Response, err = readMetadata(metadata); err != nil {
		return outcome, err
	}
	switch {
	case e.Type == "image":
	case e.toDirectory():
		outcome.Directory, err = e.files(destination)
	default:
		outcome.Archive, err = os.ReadFile(destination)
	}
	return outcome, err
}

// output is the exporter in the form of --output.
func (c *Case) output(e Exporter, destination string) (string, error) {
	fields := []string{"type=" + e.Type}
	if e.Type != "image" {
		fields = append(fields, "dest="+destination)
	}
	for _, key := range sortedKeys(e.Attrs) {
		fields = append(fields, key+"="+e.Attrs[key])
	}
	// The solver gives the build argument to every exporter that was not told otherwise.
	epoch, set := c.Frontend[epochArgument]
	if _, told := e.Attrs["source-date-epoch"]; set && !told && epoch != "yesterday" {
		fields = append(fields, "source-date-epoch="+epoch)
	}
	var text bytes.Buffer
	writer := csv.NewWriter(&text)
	if err := writer.Write(fields); err != nil {
		return "", err
	}
	writer.Flush()
	return strings.TrimSuffix(text.String(), "\n"), writer.Error()
}

// readMetadata reads the client's file back into the exporter's answer.
func readMetadata(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	values := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &values); err != nil {
		return nil, err
	}
	response := map[string]string{}
	for key, value := range values {
		if strings.HasPrefix(key, "waybill.") {
			continue // what no daemon tells
		}
		var said string
		if json.Unmarshal(value, &said) != nil {
			var compact bytes.Buffer
			if err := json.Compact(&compact, value); err != nil {
				return nil, err
			}
			said = base64.StdEncoding.EncodeToString(compact.Bytes())
		}
		response[key] = said
	}
	return response, nil
}

// forOwn leaves out what only a daemon tells.
func (o Outcome) forOwn(e Exporter) Outcome {
	o.About, o.Results = nil, ""
	response := map[string]string{}
	for key, value := range o.Response {
		if !strings.HasPrefix(key, "frontend.") {
			response[key] = value
		}
	}
	o.Response = response
	return o
}

// forgetMoments replaces the times of files that were made since then: a layer has whole seconds, and the daemon's file
// systems have more; statements have the time of the export.
func forgetMoments(since int64, outcomes ...*Outcome) {
	made := func(moment time.Time) bool { return moment.Unix() >= since-1 && moment.Unix() <= time.Now().Unix()+1 }
	for _, o := range outcomes {
		files := map[string][]byte{}
		for name, data := range o.Directory {
			mode, text, _ := strings.Cut(string(data), " ")
			if moment, err := time.Parse(time.RFC3339Nano, text); strings.HasSuffix(name, " ") && err == nil && made(moment) {
				data = []byte(mode + " now")
			}
			files[name] = data
		}
		entries, _ := readArchive(o.Archive)
		for i, e := range entries {
			if made(e.ModTime) {
				e.ModTime = time.Time{}
			}
			e.AccessTime, e.ChangeTime, e.Format = time.Time{}, time.Time{}, 0
			files[fmt.Sprintf("%d %s ", i, e.Name)] = fmt.Appendf(nil, "%+v", e.Header)
			files[fmt.Sprintf("%d %s", i, e.Name)] = e.data
		}
		o.Directory, o.Archive = files, nil
	}
}

// hasMoments tells whether one of the outcomes has files without an epoch.
func hasMoments(since int64, outcomes ...*Outcome) bool {
	for _, o := range outcomes {
		entries, _ := readArchive(o.Archive)
		for _, e := range entries {
			if e.ModTime.Unix() >= since-1 && e.ModTime.Unix() <= time.Now().Unix()+1 {
				return true
			}
		}
		if len(o.Directory) > 0 {
			return true
		}
	}
	return false
}
