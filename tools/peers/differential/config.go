// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// zones in which times are written.
var zones = []*time.Location{time.UTC, time.UTC, time.FixedZone("", 19800), time.FixedZone("", -3600)}

func (r random) time() string {
	return time.Unix(max(r.seconds(), 0), r.Int64N(1000)*1_000_000).In(zones[r.IntN(len(zones))]).Format(time.RFC3339Nano)
}

// history has an entry for most of the layers, and others.
func (r random) history(layers int) []map[string]any {
	var history []map[string]any
	if r.percent(15) {
		return history
	}
	count := layers
	if r.percent(20) {
		count += r.IntN(5) - 2
	}
	for count > 0 {
		entry := map[string]any{}
		if r.percent(30) {
			entry["empty_layer"] = true
		} else {
			count--
		}
		if r.percent(80) {
			entry["created"] = r.time()
		}
		for _, key := range []string{"created_by", "author", "comment", "unknown"} {
			if r.percent(40) {
				entry[key] = r.text()
			}
		}
		history = append(history, entry)
	}
	return history
}

// config is an image config as a frontend may write it: odd values, unknown keys, any white space.
func (r random) config(platform ocispec.Platform, history []map[string]any) string {
	runtime := map[string]any{}
	labels := map[string]string{}
	for range r.IntN(4) {
		labels["label."+r.text()] = r.text()
	}
	if len(labels) > 0 {
		runtime["Labels"] = labels
	}
	for _, key := range []string{"Env", "Cmd", "Entrypoint"} {
		if r.percent(30) {
			runtime[key] = []string{r.text(), "A=" + r.text()}
		}
	}
	config := map[string]any{
		"os": platform.OS, "architecture": platform.Architecture, "config": runtime,
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{}}, "history": history,
	}
	optional := map[string]any{
		"variant": platform.Variant, "os.version": platform.OSVersion, "os.features": platform.OSFeatures, "author": r.text(),
		"created": r.time(), "x-unknown": map[string]any{"b": []any{1, 2.5, nil, true}, "a<b": r.text()},
	}
	// In one order, for the seed's sake.
	for _, key := range []string{"variant", "os.version", "os.features", "author", "created", "x-unknown"} {
		if r.percent(60) {
			config[key] = optional[key]
		}
	}
	return r.encode(config)
}

// encode writes JSON in one of the ways that encoders have.
func (r random) encode(value any) string {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(r.percent(50))
	if r.percent(50) {
		encoder.SetIndent(r.pick("", "  ", "\t"), r.pick("", "  ", "\t"))
	}
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	if r.percent(50) {
		return text.String()
	}
	return strings.TrimSuffix(text.String(), "\n")
}

// spdx is a small document of the form that scanners write; its only file is one of the image or not.
func (r random) spdx() string {
	return r.encode(map[string]any{
		"spdxVersion": r.pick("SPDX-2.3", "SPDX-2.3", "SPDX-2.2"), "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
		"name": r.text(), "documentNamespace": fmt.Sprintf("https://example.com/%d", r.IntN(1000)),
		"creationInfo": map[string]any{"created": "2024-01-01T00:00:00Z", "creators": []string{"Tool: scan", "Organization: A <a@b.c>"}},
		"packages":     []any{map[string]any{"name": "p", "SPDXID": "SPDXRef-p", "downloadLocation": "NOASSERTION", "supplier": "NOASSERTION"}},
		"files":        []any{map[string]any{"fileName": r.pick("/0-0", "1-all", "none"), "SPDXID": "SPDXRef-f", "copyrightText": ""}},
	})
}
