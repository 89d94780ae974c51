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
	for _, about := range sortedKeys(direct.Directory) {
		theirs, ours := direct.Directory[about], bridge.Directory[about]
		name, isAbout := strings.CutSuffix(about, " ")
		if !isAbout || bytes.Equal(theirs, ours) || !bytes.HasPrefix(theirs, []byte("d")) || !bytes.HasPrefix(ours, []byte("d")) || c.platformsWith(name) < 2 {
			continue
		}
		direct.Directory, bridge.Directory = maps.Clone(direct.Directory), maps.Clone(bridge.Directory)
		direct.Directory[about], bridge.Directory[about] = []byte("d"), []byte("d")
	}
}

// platformsWith counts the platforms that have a directory.
func (c *Case) platformsWith(directory string) int {
	platforms := 0
	for _, ref := range c.Refs {
		if slices.ContainsFunc(ref.Layers, func(layer Layer) bool {
			return layer.Dir && layer.Path == "/"+directory || strings.HasPrefix(layer.Path, "/"+directory+"/")
		}) {
			platforms++
		}
	}
	return platforms
}

// dropDirectoryTimes takes out the time of a directory that the daemon's client left at that of the export; that of waybill's own export counts.
func dropDirectoryTimes(c *Case, e Exporter, direct, bridge *Outcome) {
	if !e.WritesFiles() {
		return
	}
	for _, about := range sortedKeys(direct.Directory) {
		mode, theirs, _ := strings.Cut(string(direct.Directory[about]), " ")
		same, ours, _ := strings.Cut(string(bridge.Directory[about]), " ")
		if !strings.HasSuffix(about, " ") || !strings.HasPrefix(mode, "d") || mode != same || ours == theirs {
			continue
		}
		if direct.isSince(theirs) || !c.Own && bridge.isSince(ours) {
			direct.Directory, bridge.Directory = maps.Clone(direct.Directory), maps.Clone(bridge.Directory)
			direct.Directory[about], bridge.Directory[about] = []byte(mode), []byte(mode)
		}
	}
}

// isSince tells whether a time, or the word for that of the export, is not before it began. The client may write files for a while after the build has ended.
func (o *Outcome) isSince(text string) bool {
	written, err := time.Parse(time.RFC3339, text)
	return text == "now" || err == nil && written.Unix() >= o.Began && written.Unix() <= o.Ended+60
}
