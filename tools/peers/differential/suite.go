// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"
)

// Suite runs cases, and keeps a journal of those that have ended: a process that goes on from it leaves them out.
type Suite struct {
	recorder *Recorder // or nil
	journal  *os.File
	began    time.Time
	ended    map[uint64]bool
	mu       sync.Mutex
	sum      Counts
}

// record is an entry of the journal, a line for each case.
type record struct {
	Seed   uint64
	Began  time.Time // of the suite
	Counts Counts
}

func openSuite(journal *os.File, recorder *Recorder) (*Suite, error) {
	s := &Suite{recorder: recorder, journal: journal, began: time.Now(), ended: map[uint64]bool{}, sum: Counts{Rules: map[string]int{}}}
	if _, err := journal.Seek(0, 0); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(journal)
	for lines.Scan() {
		var e record
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, err
		}
		s.ended[e.Seed], s.began = true, e.Began
		s.sum.add(e.Counts)
	}
	return s, lines.Err()
}

// runAll runs the cases of these seeds, as many at a time as there are registries.
func (s *Suite) runAll(seeds []uint64, registries []*Registry, run func(*Tally, *Case, *Registry) error) {
	queue := make(chan uint64)
	var workers sync.WaitGroup
	for _, registry := range registries {
		workers.Go(func() {
			for seed := range queue {
				tally := newTally(s.recorder)
				check(run(tally, newCase(seed, registry.Host), registry))
				check(s.end(seed, tally.Counts))
			}
		})
	}
	for _, seed := range seeds {
		if !s.ended[seed] {
			queue <- seed
		}
	}
	close(queue)
	workers.Wait()
}

func (s *Suite) end(seed uint64, counts Counts) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sum.add(counts)
	line, err := json.Marshal(record{seed, s.began, counts})
	if err == nil {
		_, err = s.journal.Write(append(line, '\n'))
	}
	return err
}

// report prints the sums; true when nothing differed.
func (s *Suite) report() bool {
	n := s.sum
	exports := n.Equal + n.Failed + n.Allowed + n.Differed
	fmt.Printf("%d cases, %d exports in %.0f s: %d equal, %d equal errors, %d equal but for a rule, %d differ\n", n.Cases, exports,
		time.Since(s.began).Seconds(), n.Equal, n.Failed, n.Allowed, n.Differed)
	for _, rule := range rules {
		fmt.Printf("  %4d  %s: %s\n", n.Rules[rule.Name], rule.Name, rule.Reason)
	}
	if n.Skipped > 0 {
		fmt.Printf("%d exports left out: no command line can say them, or waybill differs on purpose\n", n.Skipped)
	}
	if s.recorder != nil {
		fmt.Printf("recorded %d exports; %d do not fit into a case\n", n.Recorded, n.Unrecorded)
	}
	return n.Differed == 0
}
