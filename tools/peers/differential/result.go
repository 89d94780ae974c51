// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

const epochArgument = "build-arg:SOURCE_DATE_EPOCH"

var platformPool = []ocispec.Platform{
	{OS: "linux", Architecture: "amd64"},
	{OS: "linux", Architecture: "arm64"},
	{OS: "linux", Architecture: "arm64", Variant: "v8"},
	{OS: "linux", Architecture: "arm", Variant: "v7"},
	{OS: "Linux", Architecture: "x86_64", Variant: "v2"},
	{OS: "linux", Architecture: "riscv64"},
	{OS: "windows", Architecture: "amd64", OSVersion: "10.0.20348.1", OSFeatures: []string{"win32k", "a+b"}},
	{OS: "freebsd", Architecture: "amd64"},
}

// newCase makes the case of a seed. Images are pushed to the registry at host.
func newCase(seed uint64, host string) *Case {
	r := newRandom(seed)
	c := &Case{Seed: seed, Metadata: map[string]string{}, Frontend: map[string]string{}, Cold: r.percent(20)}
	r.platforms(c)
	r.epoch(c)
	if r.percent(15) {
		c.Version = []int{10, 20, 20, 30, 11, 40}[r.IntN(6)]
	}
	if r.percent(10) {
		c.Metadata["image.name"] = host + "/built/" + r.pick("a", "b:1", "c:v2,"+host+"/d")
	}
	if r.percent(10) {
		c.Metadata["frontend."+r.pick("a", "b.c")] = r.text()
	}
	if r.percent(8) {
		r.breakResult(c)
	}
	for _, exporter := range []string{"image", "oci", "docker", "local", "tar"} {
		c.Exporters = append(c.Exporters, r.exporter(c, exporter, host))
	}
	return c
}

func (r random) platforms(c *Case) {
	count := 1
	if r.percent(40) {
		count = 2 + r.IntN(3)
	}
	c.IsMap = count > 1 || r.percent(20)
	opaque := r.percent(10)
	var listed exptypes.Platforms
	for i, n := range r.Perm(len(platformPool))[:count] {
		platform := platformPool[n]
		id := platforms.FormatAll(platforms.Normalize(platform))
		if opaque {
			id = fmt.Sprintf("p%d", i)
		}
		listed.Platforms = append(listed.Platforms, exptypes.Platform{ID: id, Platform: platform})
		ref := Ref{Layers: r.layers(c, i)}
		if c.IsMap {
			ref.Key = id
		}
		ref.Empty = len(ref.Layers) == 0
		ref.Attestations = r.attestations(c, id)
		c.Refs = append(c.Refs, ref)
		key := exptypes.ExporterImageConfigKey
		if c.IsMap || r.percent(30) {
			key += "/" + id
		}
		history := r.history(len(ref.Layers))
		c.Metadata[key] = r.config(platform, history)
		if r.percent(20) {
			base, _ := json.Marshal(map[string]any{"history": history[:r.IntN(len(history)+1)], "architecture": "amd64", "os": "linux"})
			c.Metadata[exptypes.ExporterImageBaseConfigKey+"/"+id] = string(base)
		}
	}
	if c.IsMap || r.percent(60) {
		value, _ := json.Marshal(listed)
		c.Metadata[exptypes.ExporterPlatformsKey] = string(value)
	}
}

// layers are new to the daemon: they name the seed. Some are those of another platform too.
func (r random) layers(c *Case, platform int) []Layer {
	var layers []Layer
	for i := range r.IntN(13) {
		owner := strconv.Itoa(platform)
		if r.percent(25) {
			owner = "all"
		}
		layer := Layer{Path: fmt.Sprintf("/%d-%s", i, owner), Time: max(r.seconds(), 0)}
		switch r.IntN(6) {
		case 0:
			layer.Dir = true
		case 1:
			separator := "/"
			if c.Cold {
				// A directory's time is that of when something was put into it.
				separator = "-"
			}
			layer.Path += strings.Repeat(separator+"long-name", 1+r.IntN(20))
		case 2:
			layer.Path += "-Grüße 世界"
		}
		layer.Content = fmt.Sprintf("%d/%s", c.Seed, layer.Path)
		if r.percent(20) {
			layer.Content += strings.Repeat(r.text(), r.IntN(5000))
		}
		layers = append(layers, layer)
	}
	return layers
}

// epoch is set in one of the places where a build can, or nowhere. Layers that are made anew have new times, which
// nothing but an epoch in the past hides.
func (r random) epoch(c *Case) {
	seconds := r.seconds()
	value := strconv.FormatInt(seconds, 10)
	switch r.IntN(5) {
	case 0:
		value = r.pick(value, value, value, "", "yesterday")
		c.Frontend[epochArgument] = value
	case 1:
		for _, ref := range c.Refs {
			c.Metadata[strings.TrimSuffix("source.date.epoch/"+ref.Key, "/")] = value
		}
	case 2:
		value = ""
	default:
		c.Metadata["source.date.epoch"] = value
	}
	c.Cold = c.Cold && value != "" && value != "yesterday" && seconds < 1<<31
}
