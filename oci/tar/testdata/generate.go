// SPDX-License-Identifier: Apache-2.0

// Command generate writes the header blocks that Go's archive/tar makes for the entries of header_test.cc:
// go run generate.go, in this directory.
package main

import (
	"archive/tar"
	"bytes"
	"log"
	"os"
	"strings"
)

func emit(file string, header tar.Header) {
	var blocks bytes.Buffer
	if err := tar.NewWriter(&blocks).WriteHeader(&header); err != nil {
		log.Fatalf("%s: %v", file, err)
	}
	if err := os.WriteFile(file, blocks.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}

func main() {
	sha256 := func(pair string) string { return "blobs/sha256/" + strings.Repeat(pair, 32) }
	sha512 := "blobs/sha512/" + strings.Repeat("0123456789abcdef", 8)
	file := func(name string, mode, size int64) tar.Header {
		return tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: size}
	}
	emit("file.hdr", file(sha256("ab"), 0o444, 1234567))
	emit("directory.hdr", tar.Header{Typeflag: tar.TypeDir, Name: "blobs/sha256/", Mode: 0o755})
	emit("limit.hdr", file("a", 0o444, 8<<30-1))
	emit("huge.hdr", file(sha256("cd"), 0o444, 8<<30))
	emit("split.hdr", file(strings.Repeat("d", 80)+"/"+strings.Repeat("f", 80), 0o644, 3))
	emit("sha512.hdr", file(sha512, 0o444, 5))
	emit("sha512_huge.hdr", file(sha512, 0o444, 1<<40))
	emit("unicode.hdr", file("dir/häßlich", 0o644, 5))
	emitFormats()
}

// emitFormats writes an archive with every kind of header that reader_test.cc expects.
func emitFormats() {
	long := strings.Repeat("long/", 60) + "name"
	var archive bytes.Buffer
	writer := tar.NewWriter(&archive)
	add := func(header tar.Header, data string) {
		header.Size = int64(len(data))
		if err := writer.WriteHeader(&header); err != nil {
			log.Fatal(err)
		}
		if _, err := writer.Write([]byte(data)); err != nil {
			log.Fatal(err)
		}
	}
	add(tar.Header{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "global"}}, "")
	add(tar.Header{Typeflag: tar.TypeReg, Name: "ustar", Mode: 0o640, Format: tar.FormatUSTAR}, "one")
	add(tar.Header{Typeflag: tar.TypeReg, Name: strings.Repeat("d", 120) + "/split", Format: tar.FormatUSTAR}, "two")
	add(tar.Header{Typeflag: tar.TypeReg, Name: long + ".pax", Format: tar.FormatPAX}, strings.Repeat("3", 1000))
	add(tar.Header{Typeflag: tar.TypeDir, Name: "directory/", Mode: 0o755}, "")
	add(tar.Header{Typeflag: tar.TypeSymlink, Name: "link", Linkname: long, Format: tar.FormatGNU}, "")
	add(tar.Header{Typeflag: tar.TypeReg, Name: long + ".gnu", Uid: 1 << 40, Format: tar.FormatGNU}, "four")
	if err := writer.Close(); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("formats.tar", archive.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}
