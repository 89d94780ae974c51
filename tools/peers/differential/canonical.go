// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// A digest with the size after it, as descriptors have them, or alone.
var named = regexp.MustCompile(`sha256:[0-9a-f]{64}`)
var sized = regexp.MustCompile(`("sha256:[0-9a-f]{64}",\s*"size":\s*)[0-9]+`)

// canonical replaces what encoders of Zstandard may choose: layers become what they unpack to, and what names them, at
// any depth, names that. Outcomes without such layers stay as they are.
func (o Outcome) canonical() Outcome {
	image, _ := readImage(o)
	names := zstdNames(image)
	if len(names) == 0 {
		return o
	}
	unpacked := map[string][]byte{}
	for old := range names {
		if data, err := unzstd(image.blobs[old]); err == nil {
			unpacked[old] = data
		}
	}
	// What names something new is new itself. Nothing is deeper than a statement about a manifest in an index.
	for range 6 {
		for old, data := range image.blobs {
			if _, layer := unpacked[old]; layer {
				continue
			}
			if changed := renamed(data, names); !bytes.Equal(changed, data) {
				names[old] = digest.FromBytes(changed).String()
			}
		}
	}
	rename := func(data []byte) []byte {
		if layer, ok := unpacked[digest.FromBytes(data).String()]; ok {
			return layer
		}
		return renamed(data, names)
	}
	return o.rewritten(rename, func(text string) string { return string(renamed([]byte(text), names)) })
}

// zstdNames gives each layer of Zstandard a name by its diff id.
func zstdNames(image Image) map[string]string {
	names := map[string]string{}
	for _, data := range image.blobs {
		var manifest ocispec.Manifest
		var config ocispec.Image
		if !bytes.HasPrefix(data, []byte("{")) || json.Unmarshal(data, &manifest) != nil ||
			json.Unmarshal(image.blobs[manifest.Config.Digest.String()], &config) != nil || len(config.RootFS.DiffIDs) != len(manifest.Layers) {
			continue
		}
		for i, layer := range manifest.Layers {
			if strings.HasSuffix(layer.MediaType, "zstd") {
				names[layer.Digest.String()] = digest.FromString("zstd " + config.RootFS.DiffIDs[i].String()).String()
			}
		}
	}
	return names
}

func unzstd(data []byte) ([]byte, error) {
	decoder, err := zstd.NewReader(nil)
	if err != nil {
		return nil, err
	}
	defer decoder.Close()
	return decoder.DecodeAll(data, nil)
}

// renamed has the new names, with no size after them; also in the form of subjects and of file names.
func renamed(data []byte, names map[string]string) []byte {
	data = sized.ReplaceAllFunc(data, func(match []byte) []byte {
		if _, ok := names[string(named.Find(match))]; !ok {
			return match
		}
		return append(bytes.TrimRight(match, "0123456789"), '0')
	})
	for old, name := range names {
		old, name := strings.TrimPrefix(old, "sha256:"), strings.TrimPrefix(name, "sha256:")
		data = bytes.ReplaceAll(data, []byte(old), []byte(name))
	}
	return data
}

// rewritten changes every blob and every text. An archive becomes its files.
func (o Outcome) rewritten(blob func([]byte) []byte, text func(string) string) Outcome {
	response := map[string]string{}
	for key, value := range o.Response {
		if decoded, err := base64.StdEncoding.DecodeString(value); err == nil && key == descriptorKey {
			response[key] = base64.StdEncoding.EncodeToString(blob(decoded))
		} else {
			response[key] = text(value)
		}
	}
	files := map[string][]byte{}
	entries, _ := readArchive(o.Archive)
	for _, e := range entries {
		files[text(e.Name)] = blob(e.data)
	}
	for name, data := range o.Directory {
		files[text(name)] = blob(data)
	}
	registry := map[string]Repository{}
	for name, repository := range o.Registry {
		changed := Repository{Tags: map[string]string{}, Manifests: map[string][]byte{}, Blobs: map[string][]byte{}}
		for tag, value := range repository.Tags {
			changed.Tags[text(tag)] = text(value)
		}
		for key, data := range repository.Manifests {
			changed.Manifests[text(key)] = blob(data)
		}
		for key, data := range repository.Blobs {
			changed.Blobs[text(key)] = blob(data)
		}
		registry[name] = changed
	}
	o.Response, o.Archive, o.Directory, o.Registry = response, nil, files, registry
	return o
}
