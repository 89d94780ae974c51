// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"
)

// entry of an archive.
type entry struct {
	tar.Header
	data []byte
}

func readArchive(archive []byte) ([]entry, error) {
	var list []entry
	reader := tar.NewReader(bytes.NewReader(archive))
	for {
		header, err := reader.Next()
		if err == io.EOF {
			return list, nil
		}
		if err != nil {
			return list, err
		}
		data, err := io.ReadAll(reader)
		if err != nil {
			return list, err
		}
		list = append(list, entry{Header: *header, data: data})
	}
}

// entries of an archive by name: a line each, with the text of what names digests.
func entries(archive []byte) map[string]string {
	named := map[string]string{}
	list, err := readArchive(archive)
	if err != nil {
		named["unreadable"] = err.Error()
	}
	for _, e := range list {
		said := digest.FromBytes(e.data).Encoded()
		if len(e.data) < 4096 && (bytes.HasPrefix(e.data, []byte("{")) || bytes.HasPrefix(e.data, []byte("[{"))) {
			said = string(e.data)
		}
		named[e.Name] = fmt.Sprintf("%c %d %o %s %s", e.Typeflag, e.Size, e.Mode, e.ModTime.UTC().Format(time.RFC3339Nano), said)
	}
	return named
}

func hashes(files map[string][]byte) map[string]string {
	named := map[string]string{}
	for name, data := range files {
		if strings.HasSuffix(name, " ") {
			named[name] = string(data) // of a file system
			continue
		}
		named[name] = digest.FromBytes(data).String()
	}
	return named
}

// legible is what a descriptor says, and other values as they are.
func legible(key, value string) string {
	if key != descriptorKey {
		return value
	}
	decoded, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return value
	}
	return string(decoded)
}
