// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
)

// exporter makes an exporter of this type with random options, most of them valid.
func (r random) exporter(c *Case, kind, host string) Exporter {
	e := Exporter{Type: kind, Attrs: map[string]string{}}
	if c.Version == 11 || c.Version == 40 {
		// Of two faults any is reported.
		r.names(c, e, host)
		return e
	}
	maybe := func(often int, key string, values ...string) {
		if r.percent(often) {
			e.Attrs[key] = r.pick(values...)
		}
	}
	if e.WritesFiles() {
		r.files(c, e)
		return e
	}
	maybe(40, "oci-mediatypes", "true", "true", "1", "false", "F")
	maybe(40, "oci-artifact", "true", "false", "T", "0")
	maybe(20, "attestation-inline", "true", "false")
	maybe(50, "compression", "gzip", "zstd", "uncompressed", "estargz")
	maybe(30, "force-compression", "true", "", "false")
	maybe(20, "compression-level", "0", "1", "3", "6", "9", "-1", "-2", "22")
	maybe(30, "rewrite-timestamp", "true", "false")
	maybe(10, "prefer-nondist-layers", "true", "false")
	maybe(10, "unknown-attribute", "x", "")
	if !c.Cold {
		maybe(15, "source-date-epoch", fmt.Sprint(r.seconds()), "")
	}
	r.annotations(c, e)
	r.names(c, e, host)
	if kind != "image" {
		maybe(15, "tar", "true", "1", "", "false")
	}
	if !c.Cold && r.percent(6) {
		r.breakOptions(e)
	}
	if c.Cold && (e.Attrs["oci-mediatypes"] == "false" || e.Attrs["oci-mediatypes"] == "F") {
		// With some others it is refused, for which clients take 5 s; cold cases run one by one.
		delete(e.Attrs, "oci-mediatypes")
	}
	if level := e.Attrs["compression-level"]; e.Attrs["compression"] == "estargz" && (level == "11" || level == "22") {
		// The daemon would crash (v0.33.1).
		delete(e.Attrs, "compression-level")
	}
	return e
}

// files has the options of file systems.
func (r random) files(c *Case, e Exporter) {
	maybe := func(often int, key string, values ...string) {
		if r.percent(often) {
			e.Attrs[key] = r.pick(values...)
		}
	}
	maybe(40, "platform-split", "true", "false", "1", "F")
	maybe(40, "attestation-prefix", "pre-", "a b.", "ü", "")
	maybe(15, "source-date-epoch", fmt.Sprint(r.seconds()), "")
	maybe(10, "unknown-attribute", "x", "")
	if e.Type == "local" {
		maybe(20, "mode", "copy", "delete")
	}
	if r.percent(5) {
		e.Attrs["platform-split"] = r.pick("maybe", "")
	}
}

// annotations of all kinds; no key comes twice in a group, because BuildKit then takes any of its values.
func (r random) annotations(c *Case, e Exporter) {
	for i := range r.IntN(4) {
		if r.percent(60) {
			continue
		}
		key := "annotation" + r.pick("", "", "-manifest", "-manifest-descriptor")
		if c.IsMap || r.percent(10) {
			key = "annotation" + r.pick("", "-index", "-manifest", "-manifest-descriptor", "-index-descriptor")
		}
		if !strings.HasPrefix(key, "annotation-index") && r.percent(40) {
			platform := c.Refs[r.IntN(len(c.Refs))].Key
			if r.percent(5) || platform == "" {
				platform = r.pick("linux/amd64", "arm64", "linux/x86_64", "s390x")
			}
			key += "[" + platform + "]"
		}
		key += fmt.Sprintf(".%s%d", r.pick("org.example.", "a/b", "ü<&>"), i)
		if r.percent(20) {
			c.Metadata[key] = r.text()
		} else {
			e.Attrs[key] = r.text()
		}
	}
	if r.percent(5) {
		e.Attrs["annotation-manifest-descriptor.org.opencontainers.image.created"] = "never"
	}
}

// names of the image: none, some, odd or wrong ones. What is pushed must have one at the registry.
func (r random) names(c *Case, e Exporter, host string) {
	pool := []string{"repo", "a/b/c_d:v1.0", "x--y:T_1-x.y", "repo:latest", "deep/er/path:1"}
	if e.Type != "image" {
		pool = append(pool, "docker.io/library/alpine:3", "user/repo", "index.docker.io/foo/bar:1", "reg.example.com:5000/a@sha256:"+strings.Repeat("1", 64),
			"foo:bar@sha256:"+strings.Repeat("2", 64))
	}
	var names []string
	for range r.IntN(4) {
		name := r.pick(pool...)
		if e.Type == "image" || r.percent(20) {
			name = host + "/" + name
		}
		names = append(names, name)
	}
	if e.Type == "image" {
		if !r.percent(10) {
			e.Attrs["push"] = "true"
		}
		if r.percent(10) {
			e.Attrs["push-by-digest"] = "true"
		}
		if r.percent(10) {
			e.Attrs["dangling-name-prefix"] = host + "/dangling"
			e.Attrs["danging-name-empty-only"] = r.pick("true", "false")
		}
		if r.percent(10) {
			e.Attrs["name-canonical"] = "true"
		}
	}
	switch {
	case r.percent(5):
		e.Attrs["name"] = "*"
	case r.percent(3):
		e.Attrs["name"] = strings.Join(append(names, r.pick("", "UPPER/case", "a b", host+"/Upper:1")), ",")
	case len(names) > 0:
		e.Attrs["name"] = strings.Join(names, ",")
	}
}

// breakOptions makes one option wrong: of several, BuildKit names any.
func (r random) breakOptions(e Exporter) {
	faults := [][2]string{
		{"oci-mediatypes", "maybe"}, {"oci-artifact", ""}, {"attestation-inline", "yes"}, {"rewrite-timestamp", "2"}, {"prefer-nondist-layers", ""},
		{"force-compression", "very"}, {"compression", "brotli"}, {"compression", ""}, {"compression-level", "high"}, {"compression-level", "11"},
		{"source-date-epoch", "yesterday"}, {"annotation-image.a", "b"}, {"annotation[no/such/platform/at/all].a", "b"},
		{"annotation[linux/s390x].a", "b"}, {"push", "perhaps"}, {"push-by-digest", "never"}, {"tar", "ball"}, {"unpack", "wide"},
	}
	fault := faults[r.IntN(len(faults))]
	e.Attrs[fault[0]] = fault[1]
}
