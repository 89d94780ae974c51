// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/moby/buildkit/client"
)

// How much is printed of one difference, and of how many.
const maxLines, maxLine = 12, 1200

// Tally runs cases and counts how exports came out.
type Tally struct {
	recorder                                *Recorder // or nil
	began                                   time.Time
	mu                                      sync.Mutex
	cases, equal, failed, allowed, differed int
	rules                                   map[string]int
	recorded, unrecorded, skipped           int
}

func newTally(recorder *Recorder) *Tally {
	return &Tally{began: time.Now(), recorder: recorder, rules: map[string]int{}}
}

// runAll runs the cases of these seeds, as many at a time as there are registries.
func (t *Tally) runAll(seeds []uint64, registries []*Registry, run func(*Case, *Registry) error) {
	queue := make(chan uint64)
	var workers sync.WaitGroup
	for _, registry := range registries {
		workers.Go(func() {
			for seed := range queue {
				check(run(newCase(seed, registry.Host), registry))
			}
		})
	}
	for _, seed := range seeds {
		queue <- seed
	}
	close(queue)
	workers.Wait()
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
			t.count(recorded)
		}
	}
	if err := t.runTogether(ctx, c, alone, bridge, registry); err != nil {
		return fmt.Errorf("seed %d, together by the bridge: %w", c.Seed, err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cases++
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

func (t *Tally) skip(exports int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.skipped += exports
}

func (t *Tally) count(recorded bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if recorded {
		t.recorded++
	} else {
		t.unrecorded++
	}
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
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case len(lines) > 0:
		t.differed++
		print(c, e, lines)
		return
	case len(applied) > 0:
		t.allowed++
	case direct.Err != "":
		t.failed++
	default:
		t.equal++
	}
	for _, name := range applied {
		t.rules[name]++
	}
}

func print(c *Case, e Exporter, lines []string) {
	fmt.Printf("DIFFERS  --seed %d --cases 1: %s %q", c.Seed, e.Type, e.Attrs)
	if e.Together {
		fmt.Print(", together with others")
	}
	if c.Version != 0 {
		fmt.Printf(", compatibility version %d", c.Version)
	}
	fmt.Println()
	for _, line := range lines[:min(len(lines), maxLines)] {
		fmt.Printf("  %.*s\n", maxLine, line)
	}
	if len(lines) > maxLines {
		fmt.Printf("  and %d more\n", len(lines)-maxLines)
	}
}

// report prints the sums; true when nothing differed.
func (t *Tally) report() bool {
	exports := t.equal + t.failed + t.allowed + t.differed
	fmt.Printf("%d cases, %d exports in %.0f s: %d equal, %d equal errors, %d equal but for a rule, %d differ\n", t.cases, exports,
		time.Since(t.began).Seconds(), t.equal, t.failed, t.allowed, t.differed)
	for _, rule := range rules {
		fmt.Printf("  %4d  %s: %s\n", t.rules[rule.Name], rule.Name, rule.Reason)
	}
	if t.skipped > 0 {
		fmt.Printf("%d exports left out: no command line can say them, or waybill differs on purpose\n", t.skipped)
	}
	if t.recorder != nil {
		fmt.Printf("recorded %d exports; %d do not fit into a case\n", t.recorded, t.unrecorded)
	}
	return t.differed == 0
}
