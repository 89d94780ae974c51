// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/moby/buildkit/client"
)

// runTogether has the bridge do in one build what the daemon did in several: each exporter must write what it wrote alone.
func (t *Tally) runTogether(ctx context.Context, c *Case, alone []Outcome, bridge *client.Client, registry *Registry) error {
	if c.Cold {
		return nil // blobs would be made by whichever exporter comes first
	}
	var exporters []Exporter
	var direct []Outcome
	for i, e := range c.Exporters {
		// A client's own layout names the image of the whole answer. An image that is not pushed is the daemon's alone.
		if alone[i].Err == "" && !e.WritesFiles() && (e.Pushes() || e.Type != "image" && !e.toDirectory()) {
			exporters, direct = append(exporters, e), append(direct, alone[i])
		}
	}
	if len(exporters) < 2 {
		return nil
	}
	together, err := c.export(ctx, bridge, registry, exporters...)
	if err != nil {
		return err
	}
	for i, e := range exporters {
		d, b := direct[i], together[i]
		d.Response = map[string]string{digestKey: d.Response[digestKey], descriptorKey: d.Response[descriptorKey]}
		b.Response = b.result(i)
		if !e.Pushes() {
			b.Registry = nil
		}
		e.Together = true
		t.judge(c, e, d, b)
	}
	return nil
}

// result is what the answer says of one of several exporters.
func (o Outcome) result(index int) map[string]string {
	var results map[string]struct {
		Digest     string          `json:"containerimage.digest"`
		Descriptor json.RawMessage `json:"containerimage.descriptor"`
	}
	if text, err := base64.StdEncoding.DecodeString(o.Results); err != nil || json.Unmarshal(text, &results) != nil {
		return nil
	}
	result := results[fmt.Sprint(index)]
	return map[string]string{digestKey: result.Digest, descriptorKey: base64.StdEncoding.EncodeToString(result.Descriptor)}
}
