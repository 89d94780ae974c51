// SPDX-License-Identifier: Apache-2.0

package main

// Case is a build result and what to export it to: all of it follows from the seed.
type Case struct {
	Seed      uint64
	Refs      []Ref // of a map; otherwise exactly one, with an empty key
	IsMap     bool
	Metadata  map[string]string
	Frontend  map[string]string // the frontend's options, such as build arguments
	Exporters []Exporter
	// Version is the solve's compatibility version; 0 is the daemon's own.
	Version int
	// Cold drops the daemon's cache before each export, so that each makes its own layer blobs.
	Cold bool
	// Own compares waybill's own export, which writes files itself.
	Own bool
}

// Ref is one file system and the attestations about it.
type Ref struct {
	Key          string
	Empty        bool // no reference at all
	Layers       []Layer
	Attestations []Attestation
}

// Layer is one file operation.
type Layer struct {
	Path    string
	Content string
	Dir     bool  // makes a directory
	Time    int64 // of the file, in seconds
}

// Attestation is one of the frontend's. Its content is files of a reference of its own: one, or those of a bundle.
type Attestation struct {
	Key       string // of the platform it is for
	Bundle    bool
	Path      string
	Files     []File
	Predicate string
	Metadata  map[string]string
	Subjects  []Subject
}

// File of an attestation. The name is relative to the attestation's path for a bundle, else empty.
type File struct{ Name, Content string }

// Subject of an attestation; without a digest it is the image itself.
type Subject struct{ Name, Digest string }

// Exporter as the daemon gets it.
type Exporter struct {
	Type  string
	Attrs map[string]string
	// Together with others in one build.
	Together bool
}

// WritesFiles tells whether the file systems are what is exported.
func (e Exporter) WritesFiles() bool { return e.Type == "local" || e.Type == "tar" }

// toDirectory tells whether the client writes a directory.
func (e Exporter) toDirectory() bool {
	return e.Type == "local" || e.Type != "image" && e.Attrs["tar"] == "false"
}

// Pushes tells whether the image goes to a registry.
func (e Exporter) Pushes() bool { return e.Type == "image" && e.Attrs["push"] == "true" }
