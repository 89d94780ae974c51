// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Image is what an export wrote, read back.
type Image struct {
	blobs     map[string][]byte // also documents and small files
	documents []object
	layers    [][]object // of each platform, in the form of a result bundle
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// archiveRecord describes an archive and its entries in order.
func archiveRecord(archive []byte) object {
	entries, _ := readArchive(archive)
	list := []object{}
	for _, e := range entries {
		entry := object{"name": e.Name, "type": string(e.Typeflag), "mode": fmt.Sprintf("%04o", e.Mode), "size": e.Size, "mtime": e.ModTime.Unix()}
		if e.Typeflag == '0' {
			entry["sha256"] = digest.FromBytes(e.data).Encoded()
		}
		list = append(list, entry)
	}
	return object{"sha256": digest.FromBytes(archive).Encoded(), "size": len(archive), "entries": list}
}

// readImage gathers all blobs of the outcome and walks them from its root; false when some are missing.
func readImage(o Outcome) (Image, bool) {
	image := Image{blobs: map[string][]byte{}}
	add := func(data []byte) { image.blobs[digest.FromBytes(data).String()] = data }
	entries, _ := readArchive(o.Archive)
	for _, e := range entries {
		if e.Typeflag == '0' {
			add(e.data)
		}
	}
	for _, data := range o.Directory {
		add(data)
	}
	for _, repository := range o.Registry {
		maps.Copy(image.blobs, repository.Blobs)
		maps.Copy(image.blobs, repository.Manifests)
	}
	root, ok := image.blobs[o.Response[digestKey]]
	if !ok {
		return image, false
	}
	var index ocispec.Index
	if json.Unmarshal(root, &index) != nil {
		return image, false
	}
	if len(index.Manifests) == 0 {
		return image, image.addManifest(root, "manifest")
	}
	image.addDocument("index", root)
	for _, child := range index.Manifests {
		kind := "manifest"
		if child.Annotations["vnd.docker.reference.type"] != "" {
			kind = "attestation-manifest"
		}
		if !image.addManifest(image.blobs[child.Digest.String()], kind) {
			return image, false
		}
	}
	return image, true
}

func (image *Image) addDocument(kind string, data []byte) {
	var document struct{ MediaType string }
	_ = json.Unmarshal(data, &document)
	image.documents = append(image.documents, object{"kind": kind, "digest": digest.FromBytes(data).String(), "media_type": document.MediaType, "size": len(data)})
}

// addManifest takes in a manifest, and the layers of an image's.
func (image *Image) addManifest(data []byte, kind string) bool {
	image.addDocument(kind, data)
	var manifest ocispec.Manifest
	if json.Unmarshal(data, &manifest) != nil {
		return false
	}
	if kind == "attestation-manifest" {
		return true
	}
	var config ocispec.Image
	if json.Unmarshal(image.blobs[manifest.Config.Digest.String()], &config) != nil || len(config.RootFS.DiffIDs) != len(manifest.Layers) {
		return false
	}
	history := slices.DeleteFunc(config.History, func(h ocispec.History) bool { return h.EmptyLayer })
	if len(history) != len(manifest.Layers) {
		return false
	}
	layers := []object{}
	for i, layer := range manifest.Layers {
		entry := object{"media_type": layer.MediaType, "digest": layer.Digest, "size": layer.Size, "diff_id": config.RootFS.DiffIDs[i], "created_at": history[i].Created}
		if history[i].Comment == "buildkit.exporter.image.v0" {
			entry["description"] = strings.TrimPrefix(history[i].CreatedBy, "created by buildkit")
		}
		if len(layer.Annotations) > 0 {
			entry["annotations"] = layer.Annotations
		}
		layers = append(layers, entry)
	}
	image.layers = append(image.layers, layers)
	return true
}
