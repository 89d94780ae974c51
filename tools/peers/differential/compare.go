// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
)

const (
	digestKey     = "containerimage.digest"
	descriptorKey = "containerimage.descriptor"
	resultsKey    = "waybill.results"
	createdKey    = "org.opencontainers.image.created"
)

// compare tells how the bridge's outcome differs from the daemon's, a line each.
func compare(direct, bridge Outcome) []string {
	var lines []string
	differ := func(what string, d, b any) {
		lines = append(lines, fmt.Sprintf("%s:\n    daemon %v\n    bridge %v", what, d, b))
	}
	if direct.Err != bridge.Err {
		differ("error", quote(direct.Err), quote(bridge.Err))
	}
	compareMaps("response", direct.Response, bridge.Response, differ)
	compareMaps("said about the archive", direct.About, bridge.About, differ)
	if !bytes.Equal(direct.Archive, bridge.Archive) {
		differ("archive", fmt.Sprint(len(direct.Archive), " bytes"), fmt.Sprint(len(bridge.Archive), " bytes"))
		compareMaps("entry", entries(direct.Archive), entries(bridge.Archive), differ)
	}
	compareMaps("directory", hashes(direct.Directory), hashes(bridge.Directory), differ)
	names := func(o Outcome) []string { return sortedKeys(o.Registry) }
	if !slices.Equal(names(direct), names(bridge)) {
		differ("repositories", names(direct), names(bridge))
	}
	for name, repository := range direct.Registry {
		other := bridge.Registry[name]
		compareMaps("tags of "+name, repository.Tags, other.Tags, differ)
		compareMaps("manifests of "+name, hashes(repository.Manifests), hashes(other.Manifests), differ)
		compareMaps("blobs of "+name, hashes(repository.Blobs), hashes(other.Blobs), differ)
	}
	return lines
}

func quote(text string) string {
	if text == "" {
		return "none"
	}
	return fmt.Sprintf("%q", text)
}

// compareMaps tells what is in one only, or differs.
func compareMaps(what string, direct, bridge map[string]string, differ func(what string, d, b any)) {
	keys := maps.Clone(direct)
	if keys == nil {
		keys = map[string]string{}
	}
	maps.Copy(keys, bridge)
	for _, key := range sortedKeys(keys) {
		d, inDirect := direct[key]
		b, inBridge := bridge[key]
		switch {
		case !inDirect:
			differ(what+", "+key, "nothing", quote(b))
		case !inBridge:
			differ(what+", "+key, quote(d), "nothing")
		case d != b:
			differ(what+", "+key, quote(legible(key, d)), quote(legible(key, b)))
		}
	}
}
