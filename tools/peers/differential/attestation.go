// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"github.com/opencontainers/go-digest"
)

const spdxType = "https://spdx.dev/Document"

// attestations about the platform with this id, in half of the cases none.
func (r random) attestations(c *Case, id string) []Attestation {
	var list []Attestation
	if r.percent(50) {
		return list
	}
	if r.percent(5) {
		id = "unknown/platform"
	}
	for i := range r.IntN(4) {
		a := Attestation{Key: id, Metadata: map[string]string{}, Subjects: r.subjects()}
		switch r.IntN(4) {
		case 0:
			r.bundle(&a)
		case 1:
			a.Predicate, a.Path = spdxType, "/sbom.spdx.json"
			a.Files = []File{{Content: r.spdx()}}
			a.Metadata["reason"] = "sbom"
			if r.percent(70) {
				a.Metadata["sbom-core"] = "sbom"
			}
		default:
			a.Predicate = "https://example.com/" + r.pick("a", "b<c>", "ü", "")
			a.Path = fmt.Sprintf("/%s-%d.json", r.pick("a", "z", "ü ü"), i)
			a.Files = []File{{Content: r.predicate()}}
		}
		if r.percent(25) {
			a.Metadata["inline-only"] = r.pick("true", "true", "false")
		}
		list = append(list, a)
	}
	return list
}

func (r random) predicate() string {
	return r.pick("", "null", `{"b":1.0,"a":12345678901234567890,"a":"<&>"}`, r.encode(map[string]any{"text": r.text(), "n": r.Float64()}),
		" [ 1e21 , 0.0000001 ] ")
}

// bundle makes an attestation of files that are statements.
func (r random) bundle(a *Attestation) {
	a.Bundle, a.Path = true, r.pick("", "/", "/dir")
	predicate := r.pick("https://example.com/bundled", spdxType)
	a.Predicate = r.pick("", predicate)
	for i := range r.IntN(3) {
		statement := map[string]any{"_type": "https://in-toto.io/Statement/v0.1", "predicateType": predicate, "predicate": map[string]any{"t": r.text()}}
		if r.percent(70) {
			statement["subject"] = []any{map[string]any{"name": r.text(), "digest": map[string]string{"sha256": digest.FromString("s").Encoded()}}}
		}
		a.Files = append(a.Files, File{Name: fmt.Sprintf("%d%s.json", i, r.pick("", ".spdx", " ü")), Content: r.encode(statement)})
	}
}

// subjects of a statement: none most of the time, which is the image.
func (r random) subjects() []Subject {
	var subjects []Subject
	if r.percent(60) {
		return subjects
	}
	for range 1 + r.IntN(2) {
		subject := Subject{Name: r.pick("", "_", r.text())}
		if r.percent(50) {
			subject.Digest = digest.FromString(r.text()).String()
		}
		subjects = append(subjects, subject)
	}
	return subjects
}

// breakResult makes the result one that cannot be exported.
func (r random) breakResult(c *Case) {
	ref := &c.Refs[r.IntN(len(c.Refs))]
	attest := func(a Attestation) {
		a.Key = ref.Key
		if a.Key == "" {
			a.Key = "linux/amd64"
		}
		ref.Attestations = append(ref.Attestations, a)
	}
	switch r.IntN(8) {
	case 0:
		c.Metadata["containerimage.config/"+ref.Key] = r.pick("null", "{", `{"os":"linux"}`, `{"architecture":"amd64"}`, "[]")
	case 1:
		delete(c.Metadata, "refs.platforms")
	case 2:
		c.Metadata["refs.platforms"] = r.pick("{", `{"Platforms":[]}`, `{"Platforms":[{"ID":"","Platform":{"os":"linux","architecture":"amd64"}}]}`,
			`{"Platforms":[{"ID":"none","Platform":{"os":"linux","architecture":"amd64"}}]}`)
	case 3:
		attest(Attestation{Path: "/p.json", Predicate: "https://slsa.dev/provenance/v1", Files: []File{{Content: "{}"}}})
	case 4:
		attest(Attestation{Path: "", Predicate: "https://example.com/a", Files: []File{{Content: "{}"}}})
	case 5:
		attest(Attestation{Path: "/bad.json", Predicate: "https://example.com/a", Files: []File{{Content: "{"}}})
	case 6:
		attest(Attestation{Bundle: true, Path: "/", Predicate: "https://example.com/a", Files: []File{{Name: "s.json", Content: r.pick("{}", "{} {}", "no")}}})
	default:
		c.Metadata["source.date.epoch"], c.Cold = "yesterday", false
	}
}
