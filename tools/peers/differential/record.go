// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	"github.com/opencontainers/go-digest"
)

type object = map[string]any

// Recorder writes what the daemon did as golden cases: the form of testdata/golden.
type Recorder struct{ directory string }

func newRecorder(directory string) (*Recorder, error) {
	for _, name := range []string{"cases", "blobs"} {
		if err := os.MkdirAll(filepath.Join(directory, name), 0o755); err != nil {
			return nil, err
		}
	}
	return &Recorder{directory}, nil
}

// record writes one case; false when it would not hold all that is needed to run it.
func (r *Recorder) record(c *Case, e Exporter, o Outcome) (bool, error) {
	image, ok := readImage(o)
	if !ok && o.Err == "" || !fits(e, o, image) {
		return false, nil
	}
	recorded := object{"name": fmt.Sprintf("seed-%d-%s", c.Seed, e.Type), "exporter": object{"type": e.Type, "attrs": e.Attrs},
		"expect": r.expectation(e, o, image)}
	if argument, set := c.Frontend[epochArgument]; set && argument != "yesterday" {
		recorded["recorded_with"] = object{epochArgument: argument} // the solver ignores the other
	}
	if c.Version != 0 {
		recorded["compatibility_version"] = c.Version
	}
	if created := o.created(); o.isNow(created) {
		recorded["clock"] = created
	}
	deviation, ok := c.deviation(image)
	if !ok || deviation != "" && o.Archive == nil {
		return false, nil
	}
	if deviation != "" {
		recorded["deviation"] = deviation
	}
	result, ok := r.result(c, image)
	if !ok {
		return false, nil
	}
	recorded["result"] = result
	for _, data := range image.blobs {
		if err := r.blob(data); err != nil {
			return false, err
		}
	}
	text, err := json.MarshalIndent(recorded, "", " ")
	if err != nil {
		return false, err
	}
	return true, os.WriteFile(filepath.Join(r.directory, "cases", fmt.Sprint(recorded["name"])+".json"), text, 0o644)
}

// fits is false for what a case cannot tell, or tells of something else than the export: how layers were made, and which
// of several names and faults comes first.
func fits(e Exporter, o Outcome, image Image) bool {
	docker := len(image.documents) > 0 && strings.Contains(fmt.Sprint(image.documents[0]["media_type"]), "docker")
	return !temporaryName.MatchString(o.Err) && !strings.Contains(o.Err, "failed to convert") && !(docker && e.Attrs["rewrite-timestamp"] == "true") &&
		!(e.Pushes() && strings.Contains(o.Err, "failed to parse ref"))
}

func (r *Recorder) blob(data []byte) error {
	return os.WriteFile(filepath.Join(r.directory, "blobs", digest.FromBytes(data).Encoded()), data, 0o644)
}

// deviation of waybill from BuildKit that the case shows, as tools/golden names it; false when there are two.
func (c *Case) deviation(image Image) (string, bool) {
	unnamed, spdx := false, false
	for _, data := range image.blobs {
		unnamed = unnamed || strings.Contains(string(data), `"_type":"https://in-toto.io/Statement/v1"`) && strings.Contains(string(data), `"subject":[]`)
	}
	for _, ref := range c.Refs {
		for _, a := range ref.Attestations {
			spdx = spdx || !ref.Empty && !a.Bundle && a.Predicate == spdxType && a.Metadata["sbom-core"] != "" && len(image.documents) > 0
		}
	}
	switch {
	case unnamed && spdx:
		return "", false
	case unnamed:
		return "subject", true
	case spdx:
		return "spdx", true
	}
	return "", true
}

// result in the form of a bundle; false when the image has other platforms than the result.
func (r *Recorder) result(c *Case, image Image) (object, bool) {
	metadata, refs, attestations := object{}, object{}, object{}
	for key, value := range c.Metadata {
		metadata[key] = object{"text": value}
	}
	if image.layers != nil && len(image.layers) != len(c.Refs) {
		return nil, false
	}
	for i, ref := range c.Refs {
		refs[ref.Key] = nil
		if !ref.Empty && image.layers != nil {
			refs[ref.Key] = object{"layers": image.layers[i]}
		}
		for _, a := range ref.Attestations {
			list, _ := attestations[a.Key].([]object)
			attestations[a.Key] = append(list, a.recorded(image))
		}
	}
	return object{"is_map": c.IsMap, "metadata": metadata, "attestations": attestations, "refs": refs}, true
}

// recorded is the attestation in the form of a bundle; its files go to the image's blobs.
func (a Attestation) recorded(image Image) object {
	form := object{"kind": "in-toto", "path": a.Path, "predicate_type": a.Predicate, "metadata": a.Metadata}
	files := object{}
	for _, file := range a.Files {
		named := digest.FromString(file.Content).String()
		image.blobs[named] = []byte(file.Content)
		files[file.Name] = named
	}
	if a.Bundle {
		form["kind"], form["files"] = "bundle", files
	} else {
		form["content"] = files[""]
	}
	var subjects []object
	for _, subject := range a.Subjects {
		entry := object{"kind": "Self", "name": subject.Name}
		if named := digest.Digest(subject.Digest); named != "" {
			entry["kind"], entry["digest"] = "Raw", object{named.Algorithm().String(): named.Encoded()}
		}
		subjects = append(subjects, entry)
	}
	if subjects != nil {
		form["subjects"] = subjects
	}
	return form
}

func (r *Recorder) expectation(e Exporter, o Outcome, image Image) object {
	if o.Err != "" {
		return object{"error": o.Err}
	}
	response, file := object{}, object{}
	for key, value := range o.Response {
		if strings.HasPrefix(key, "frontend.") {
			continue // the solver's answer, not the exporter's
		}
		response[key], file[key] = value, value
		if decoded, err := base64.StdEncoding.DecodeString(value); err == nil && key == exptypes.ExporterImageDescriptorKey {
			file[key] = json.RawMessage(decoded)
		}
	}
	expect := object{"response": response, "metadata_file": file, "documents": image.documents}
	switch {
	case e.Pushes():
		registry := object{}
		for name, repository := range o.Registry {
			registry[name] = object{"tags": object{"tags": sortedKeys(repository.Tags)},
				"blobs": sortedKeys(repository.Blobs), "manifests": sortedKeys(repository.Manifests)}
		}
		expect["registry"] = registry
	case o.Archive != nil:
		expect["tar"] = archiveRecord(o.Archive)
	default:
		var list []object
		for _, name := range sortedKeys(o.Directory) {
			data := o.Directory[name]
			list = append(list, object{"path": name, "size": len(data), "sha256": digest.FromBytes(data).Encoded()})
		}
		expect["directory"] = list
	}
	return expect
}
