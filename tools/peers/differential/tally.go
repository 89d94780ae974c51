// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/moby/buildkit/client"
)

// How much is printed of one difference, and of how many.
const maxLines, maxLine = 12, 1200

// Counts of exports and how they came out.
type Counts struct {
	Cases, Equal, Failed, Allowed, Differed int
	Rules                                   map[string]int // by name
	Recorded, Unrecorded, Skipped           int
}

func (n *Counts) add(o Counts) {
	n.Cases += o.Cases
	n.Equal += o.Equal
	n.Failed += o.Failed
	n.Allowed += o.Allowed
	n.Differed += o.Differed
	for name, count := range o.Rules {
		n.Rules[name] += count
	}
	n.Recorded += o.Recorded
	n.Unrecorded += o.Unrecorded
	n.Skipped += o.Skipped
}

// Tally runs one case and counts.
type Tally struct {
	recorder *Recorder // or nil
	Counts
}

func newTally(recorder *Recorder) *Tally {
	return &Tally{recorder, Counts{Rules: map[string]int{}}}
}

func (t *Tally) run(ctx context.Context, c *Case, direct, bridge *client.Client, registry *Registry) error {
	var alone []Outcome
	for _, e := range c.Exporters {
		d, err := c.export(ctx, direct, registry, e)
		if err != nil {
			return fmt.Errorf("seed %d, %s by the daemon: %w", c.Seed, e.Type, err)
		}
		b, err := c.export(ctx, bridge, registry, e.compressedByWaybill(c))
		if err != nil {
			return fmt.Errorf("seed %d, %s by the bridge: %w", c.Seed, e.Type, err)
		}
		t.judge(c, e, d[0], b[0])
		alone = append(alone, d[0])
		if t.recorder != nil {
			recorded, err := t.recorder.record(c, e, d[0])
			if err != nil {
				return err
			}
			if recorded {
				t.Recorded++
			} else {
				t.Unrecorded++
			}
		}
	}
	if err := t.runTogether(ctx, c, alone, bridge, registry); err != nil {
		return fmt.Errorf("seed %d, together by the bridge: %w", c.Seed, err)
	}
	t.Cases++
	return nil
}

// compressedByWaybill has the bridge make the layers of some exports. In a cold cache there are none before; those of
// Zstandard would have other bytes.
func (e Exporter) compressedByWaybill(c *Case) Exporter {
	if !c.Cold || c.Seed%2 == 0 || e.WritesFiles() || e.Attrs["compression"] == "zstd" || e.Type == "image" && !e.Pushes() {
		return e
	}
	e.Attrs = maps.Clone(e.Attrs)
	e.Attrs["compressor"] = "waybill"
	return e
}

func (t *Tally) judge(c *Case, e Exporter, direct, bridge Outcome) {
	lines := compare(direct, bridge)
	var applied []string
	for _, rule := range rules {
		if len(lines) == 0 {
			break
		}
		rule.Apply(c, e, &direct, &bridge)
		if left := compare(direct, bridge); len(left) != len(lines) {
			applied, lines = append(applied, rule.Name), left
		}
	}
	switch {
	case len(lines) > 0:
		t.Differed++
		print(c, e, lines)
		return
	case len(applied) > 0:
		t.Allowed++
	case direct.Err != "":
		t.Failed++
	default:
		t.Equal++
	}
	for _, name := range applied {
		t.Rules[name]++
	}
}

func print(c *Case, e Exporter, lines []string) {
	var text strings.Builder
	fmt.Fprintf(&text, "DIFFERS  --seed %d --cases 1: %s %q", c.Seed, e.Type, e.Attrs)
	if e.Together {
		text.WriteString(", together with others")
	}
	if c.Version != 0 {
		fmt.Fprintf(&text, ", compatibility version %d", c.Version)
	}
	text.WriteByte('\n')
	for _, line := range lines[:min(len(lines), maxLines)] {
		fmt.Fprintf(&text, "  %.*s\n", maxLine, line)
	}
	if len(lines) > maxLines {
		fmt.Fprintf(&text, "  and %d more\n", len(lines)-maxLines)
	}
	fmt.Print(text.String()) // at once: other cases run
}
