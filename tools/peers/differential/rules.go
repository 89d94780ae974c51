// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Rule names a difference that has to be. Apply takes it out of the two outcomes, and nothing else.
type Rule struct {
	Name, Reason string
	Apply        func(c *Case, e Exporter, direct, bridge *Outcome)
}

var rules = []Rule{
	{"wall clock", "without an epoch the time of the export is written into the index file, and statements beside files have it", dropClock},
	{"temporary name", "errors of the daemon name its temporary directories", dropTemporaryNames},
	{"names the layer", "of a level that gzip does not have waybill's error names the layer, the daemon's a temporary directory", dropLayerNames},
	{"another conflict", "of two options that conflict with Docker's media types the daemon names eStargz, which it is not asked for where waybill compresses", dropConflicts},
	{"name refused early", "waybill looks at the names before the build, the daemon when it has pushed to those before", dropEarlyRefusal},
	{"no such host", "resolvers have words of their own for a host that does not exist", dropResolverWords},
	{"done as oci", "the daemon does an image as oci, and two of its errors say so", dropSwappedType},
	{"older media types", "what an image without attestations gets in old compatibility versions is known only after the build", dropMediaTypes},
	{"file over directory", "of a file and a directory of one name in one tree the daemon keeps either or fails, waybill refuses", dropFileOverDirectory},
	{"directory of several platforms", "of a directory that several platforms have in one tree either mode and time may come last", dropSharedDirectories},
	{"time of a directory", "the client sets the time of a directory before everything in it is there, now and then", dropDirectoryTimes},
	{"left by a failure", "an export that fails leaves the files that it had written, and the images in other registries, which waybill pushes to at once", dropLeftovers},
	{"platform with an OS version", "the daemon takes an annotation of one for metadata and loses it, the bridge refuses it", dropOSVersion},
}

// dropClock replaces the time of the export. Epochs of cases are never about now.
func dropClock(_ *Case, e Exporter, direct, bridge *Outcome) {
	for _, o := range []*Outcome{direct, bridge} {
		if e.WritesFiles() {
			o.withoutClock()
		}
		created := o.created()
		if !o.isNow(created) {
			continue
		}
		o.replace(`"`+createdKey+`":"`+created+`"`, `"`+createdKey+`":"now"`)
	}
}

// created is the time that the descriptor of the image says.
func (o *Outcome) created() string {
	var descriptor struct{ Annotations map[string]string }
	text, err := base64.StdEncoding.DecodeString(o.Response[descriptorKey])
	if err != nil || json.Unmarshal(text, &descriptor) != nil {
		return ""
	}
	return descriptor.Annotations[createdKey]
}

// isNow tells whether a time is that of the export.
func (o *Outcome) isNow(text string) bool {
	written, err := time.Parse(time.RFC3339, text)
	return err == nil && written.Unix() >= o.Began && written.Unix() <= o.Ended
}

// replace changes a text in descriptors and index files.
func (o *Outcome) replace(old, by string) {
	for _, said := range []*map[string]string{&o.Response, &o.About} {
		if text, err := base64.StdEncoding.DecodeString((*said)[descriptorKey]); err == nil && len(text) > 0 {
			*said = maps.Clone(*said)
			(*said)[descriptorKey] = base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(string(text), old, by)))
		}
	}
	o.Archive = bytes.ReplaceAll(o.Archive, []byte(old), []byte(by))
	if index, ok := o.Directory["index.json"]; ok {
		o.Directory = maps.Clone(o.Directory)
		o.Directory["index.json"] = bytes.ReplaceAll(index, []byte(old), []byte(by))
	}
}

var temporaryName = regexp.MustCompile(`(/containerd-mount)[0-9]+`)

func dropTemporaryNames(_ *Case, _ Exporter, direct, bridge *Outcome) {
	direct.Err = temporaryName.ReplaceAllString(direct.Err, "$1")
	bridge.Err = temporaryName.ReplaceAllString(bridge.Err, "$1")
}

var invalidLevel = regexp.MustCompile(`: (mount callback failed|failed to ensure compression type) .*(: gzip: invalid compression level: -?[0-9]+)$`)

func dropLayerNames(_ *Case, _ Exporter, direct, bridge *Outcome) {
	ours, theirs := invalidLevel.FindStringSubmatch(bridge.Err), invalidLevel.FindStringSubmatch(direct.Err)
	if ours != nil && theirs != nil && ours[2] == theirs[2] {
		direct.Err = bridge.Err
	}
}

func dropConflicts(_ *Case, _ Exporter, direct, bridge *Outcome) {
	const daemons, ours = `"compression=estargz" conflicts with "oci-mediatypes=false"`, `"oci-artifact=true" conflicts with "oci-mediatypes=false"`
	if strings.HasSuffix(direct.Err, daemons) && strings.HasSuffix(bridge.Err, ours) {
		direct.Err = bridge.Err
	}
}

var refusedName = regexp.MustCompile(`^failed to solve: failed to push [^ ]*( [^ ]*)?: (invalid reference format|can't push tagged ref)`)

// dropEarlyRefusal takes both as failed in the same way when the daemon fails too and waybill has pushed nothing.
func dropEarlyRefusal(_ *Case, e Exporter, direct, bridge *Outcome) {
	if e.Pushes() && refusedName.MatchString(bridge.Err) && direct.Err != "" && len(bridge.Registry) == 0 {
		direct.Err, direct.Registry = bridge.Err, nil
	}
}

var noSuchHost = regexp.MustCompile(`^(failed to solve: failed to push [^ ]+: ).*(no such host|server misbehaving|Could not resolve host)`)

// dropResolverWords takes both as failed in the same way when the host of the same name does not exist.
func dropResolverWords(_ *Case, e Exporter, direct, bridge *Outcome) {
	ours, theirs := noSuchHost.FindStringSubmatch(bridge.Err), noSuchHost.FindStringSubmatch(direct.Err)
	if e.Pushes() && ours != nil && theirs != nil && ours[1] == theirs[1] {
		direct.Err = bridge.Err
	}
}

// dropSwappedType looks at the errors about a name that only the build knows, and about an old compatibility version.
func dropSwappedType(_ *Case, e Exporter, direct, bridge *Outcome) {
	if !e.Pushes() {
		return
	}
	bridge.Err = strings.Replace(bridge.Err, "failed to solve: failed to parse *: ", "failed to solve: failed to push *: ", 1)
	bridge.Err = strings.Replace(bridge.Err, "feature oci exporter", "feature image exporter", 1)
}

// dropMediaTypes lets manifests differ where all blobs are equal, and what Docker media types forbid go on.
func dropMediaTypes(c *Case, e Exporter, direct, bridge *Outcome) {
	if _, set := e.Attrs["oci-mediatypes"]; set || !e.Pushes() || c.Version == 0 || c.Version >= 30 {
		return
	}
	if strings.HasSuffix(direct.Err, ` with "oci-mediatypes=false"`) {
		*direct = *bridge
		return
	}
	if direct.Err != "" || bridge.Err != "" {
		return
	}
	for name, repository := range direct.Registry {
		other := bridge.Registry[name]
		if !sameKeys(repository.Blobs, other.Blobs) || !sameKeys(repository.Tags, other.Tags) || len(repository.Manifests) != len(other.Manifests) {
			return
		}
	}
	direct.Registry, direct.Response = bridge.Registry, bridge.Response
}

var refusedOSVersion = regexp.MustCompile(`^failed to solve: annotations of platform [^ ]+: .* cannot name a platform with an OS version$`)

// dropOSVersion takes both as failed in the same way when the bridge has refused before anything was exported.
func dropOSVersion(_ *Case, _ Exporter, direct, bridge *Outcome) {
	if refusedOSVersion.MatchString(bridge.Err) && len(bridge.Registry) == 0 && len(bridge.Archive) == 0 {
		*direct = *bridge
	}
}

// dropLeftovers takes out what the moment of a failure decides, where both failed in the same way.
func dropLeftovers(_ *Case, e Exporter, direct, bridge *Outcome) {
	if direct.Err == "" || direct.Err != bridge.Err {
		return
	}
	if e.WritesFiles() {
		direct.Directory, bridge.Directory = nil, nil
	}
	if e.Pushes() && e.pushesToSeveral() {
		direct.Registry, bridge.Registry = nil, nil
	}
}

// pushesToSeveral tells whether the names are on several hosts.
func (e Exporter) pushesToSeveral() bool {
	hosts := map[string]bool{}
	for name := range strings.SplitSeq(e.Attrs["name"], ",") {
		host, _, _ := strings.Cut(name, "/")
		hosts[host] = true
	}
	return len(hosts) > 1
}

func sameKeys[V any](a, b map[string]V) bool {
	return slices.Equal(sortedKeys(a), sortedKeys(b))
}
