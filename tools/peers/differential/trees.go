// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Of waybill, and of the client's side of a local export: platforms come in any order.
var overDirectory = regexp.MustCompile(`cannot overwrite |error from receiver: .*(is a directory|not a directory|no such file or directory)`)

// dropFileOverDirectory takes both as failed in the same way when one has seen that platforms collide, and lets either platform win where neither has.
func dropFileOverDirectory(c *Case, e Exporter, direct, bridge *Outcome) {
	if !e.WritesFiles() {
		return
	}
	if overDirectory.MatchString(bridge.Err) && (direct.Err == "" || overDirectory.MatchString(direct.Err)) {
		*direct = *bridge
	} else if overDirectory.MatchString(direct.Err) && bridge.Err == "" {
		*bridge = *direct
	} else if len(c.Refs) > 1 {
		direct.dropTreesAgainst(bridge)
		bridge.dropTreesAgainst(direct)
	}
}

// dropTreesAgainst takes out of both the directories that have the name of a file of the other.
func (o *Outcome) dropTreesAgainst(other *Outcome) {
	for _, about := range sortedKeys(o.Directory) {
		name, isAbout := strings.CutSuffix(about, " ")
		if !isAbout || !bytes.HasPrefix(o.Directory[about], []byte("d")) {
			continue
		}
		if _, isFile := other.Directory[name]; !isFile {
			continue
		}
		below := func(path string, _ []byte) bool {
			return path == name || path == about || strings.HasPrefix(path, name+"/")
		}
		for _, changed := range []*Outcome{o, other} {
			changed.Directory = maps.Clone(changed.Directory)
			maps.DeleteFunc(changed.Directory, below)
		}
	}
}

// dropSharedDirectories takes out mode and time of the directories that platforms share. The daemon sends all platforms at once.
func dropSharedDirectories(c *Case, e Exporter, direct, bridge *Outcome) {
	if e.Type != "local" {
		return
	}
	settleDirectories(direct, bridge, func(name, theirs, ours string) (string, bool) {
		modes := c.directoryModes(name)
		one, _, _ := strings.Cut(theirs, " ")
		other, _, _ := strings.Cut(ours, " ")
		return "d", len(modes) > 1 && slices.Contains(modes, one) && slices.Contains(modes, other)
	})
}

// directoryModes are the modes that a directory has, one for each platform that has it.
func (c *Case) directoryModes(name string) []string {
	var modes []string
	for _, ref := range c.Refs {
		for _, layer := range ref.Layers {
			if layer.Dir && layer.Path == "/"+name {
				modes = append(modes, "drwx------")
				break
			} else if strings.HasPrefix(layer.Path, "/"+name+"/") {
				modes = append(modes, "drwxr-xr-x")
				break
			}
		}
	}
	return modes
}

// dropDirectoryTimes takes out the time of a directory that the daemon's client left at that of the export; that of waybill's own export counts.
func dropDirectoryTimes(c *Case, e Exporter, direct, bridge *Outcome) {
	if !e.WritesFiles() {
		return
	}
	settleDirectories(direct, bridge, func(_, theirs, ours string) (string, bool) {
		mode, one, _ := strings.Cut(theirs, " ")
		same, other, _ := strings.Cut(ours, " ")
		return mode, mode == same && (direct.isSince(one) || !c.Own && bridge.isSince(other))
	})
}

// settleDirectories gives a directory that differs in both trees the same mode and time, where there is an answer what these are.
func settleDirectories(direct, bridge *Outcome, answer func(name, theirs, ours string) (string, bool)) {
	for _, about := range sortedKeys(direct.Directory) {
		name, isAbout := strings.CutSuffix(about, " ")
		theirs, ours := string(direct.Directory[about]), string(bridge.Directory[about])
		if !isAbout || theirs == ours || !strings.HasPrefix(theirs, "d") || !strings.HasPrefix(ours, "d") {
			continue
		}
		if settled, ok := answer(name, theirs, ours); ok {
			direct.Directory, bridge.Directory = maps.Clone(direct.Directory), maps.Clone(bridge.Directory)
			direct.Directory[about], bridge.Directory[about] = []byte(settled), []byte(settled)
		}
	}
}

// isSince tells whether a time, or the word for that of the export, is not before it began. The client may write files for a while after the build has ended.
func (o *Outcome) isSince(text string) bool {
	written, err := time.Parse(time.RFC3339, text)
	return text == "now" || err == nil && written.Unix() >= o.Began && written.Unix() <= o.Ended+60
}
