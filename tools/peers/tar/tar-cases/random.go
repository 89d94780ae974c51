// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"
)

// chance is true once in n times.
func chance(random *rand.Rand, n int) bool { return random.IntN(n) == 0 }

func pick[T any](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }

func randomSeconds(random *rand.Rand) int64 {
	return pick(random, 0, 1, -1, 1500000000, int64(random.Uint32()), -int64(random.Uint32()), 1<<33-1, 1<<33,
		random.Int64()>>random.IntN(63), -62135596800)
}

func randomTime(random *rand.Rand) time.Time {
	return time.Unix(randomSeconds(random), pick(random, 0, 0, 1, 5e8, 5e8-1, 999999999, 123000000, random.Int64N(1e9)))
}

func randomText(random *rand.Rand, longest int) string {
	parts := []string{"a", "b", "dir/", "/", "x/y", "..", ".", "ä", "日本", "\xff", " ", "=", "\n", "-", "name", ".wh.", "0"}
	var text strings.Builder
	plain := !chance(random, 3)
	for length := random.IntN(pick(random, 4, 12, 40, longest)); text.Len() < length; {
		part := pick(random, parts...)
		if plain && part[0] >= 0x80 {
			continue
		}
		text.WriteString(part)
	}
	if chance(random, 60) {
		text.WriteString("\x00b")
	}
	return text.String()
}

func randomID(random *rand.Rand) int {
	return pick(random, 0, 0, 1000, 1<<21-1, 1<<21, random.IntN(1<<40), -1, math.MaxInt64, -(1 << 56))
}

func randomRecords(random *rand.Rand, header *tar.Header) map[string]string {
	records := map[string]string{}
	keys := []string{"comment", "SCHILY.xattr.user.a", "SCHILY.xattr.security.capability", "LIBARCHIVE.creationtime",
		"path", "linkpath", "uid", "gid", "uname", "gname", "mtime", "atime", "ctime", "size", "GNU.sparse.name", "hdrcharset"}
	for n := random.IntN(4); n > 0; n-- {
		key := pick(random, keys...)
		value := randomText(random, 300)
		switch key {
		case "path":
			value = pick(random, value, header.Name)
		case "uid":
			value = pick(random, value, fmt.Sprint(header.Uid), "12", "0")
		case "mtime":
			value = pick(random, value, fmt.Sprint(header.ModTime.Unix()), "12.5", "-0.5")
		}
		records[key] = value
	}
	return records
}

func randomHeader(random *rand.Rand) *tar.Header {
	header := &tar.Header{
		Typeflag: pick[byte](random, '0', '0', '0', '1', '2', '3', '4', '5', '5', '6', '7', 'g', 'S', 'V'),
		Name:     randomText(random, 400),
		Linkname: pick(random, "", "", randomText(random, 300)),
		Mode:     pick[int64](random, 0o644, 0o755, 0o4755, 0o100644, 1<<21-1, 1<<21, random.Int64N(1<<24)),
		Uid:      randomID(random),
		Gid:      randomID(random),
		Uname:    pick(random, "", "root", randomText(random, 50)),
		Gname:    pick(random, "", "root", randomText(random, 50)),
		ModTime:  randomTime(random),
		Devmajor: pick[int64](random, 0, 8, 1<<21-1, 1<<21, -1),
		Devminor: pick[int64](random, 0, 1, 300),
		Format:   pick(random, tar.FormatUnknown, tar.FormatUnknown, tar.FormatUSTAR, tar.FormatPAX, tar.FormatPAX, tar.FormatGNU),
	}
	if chance(random, 3) {
		header.AccessTime = randomTime(random)
	}
	if chance(random, 3) {
		header.ChangeTime = randomTime(random)
	}
	if chance(random, 3) {
		header.PAXRecords = randomRecords(random, header)
	}
	if header.Typeflag == tar.TypeXGlobalHeader {
		header = &tar.Header{Typeflag: header.Typeflag, Name: pick(random, "", header.Name), PAXRecords: randomRecords(random, header)}
	}
	return header
}

// randomEntry is an entry as archive/tar writes it; empty when it does not.
func randomEntry(random *rand.Rand) []byte {
	header := randomHeader(random)
	data := bytes.Repeat([]byte{'d'}, random.IntN(pick(random, 1, 5, 1500)))
	if header.Typeflag != tar.TypeXGlobalHeader {
		header.Size = int64(len(data))
	}
	if strings.ContainsRune("123456", rune(header.Typeflag)) {
		header.Size = pick[int64](random, 0, 0, 7) // without data
		data = nil
	}
	var out bytes.Buffer
	writer := tar.NewWriter(&out)
	if err := writer.WriteHeader(header); err != nil {
		return nil
	}
	if header.Typeflag != tar.TypeXGlobalHeader {
		if _, err := writer.Write(data); err != nil {
			return nil
		}
	}
	if err := writer.Flush(); err != nil {
		return nil
	}
	return out.Bytes()
}

func randomArchive(random *rand.Rand) []byte {
	var archive []byte
	for n := random.IntN(6); n > 0; n-- {
		switch random.IntN(8) {
		case 0:
			archive = append(archive, sparseEntry(random)...)
		case 1:
			archive = append(archive, rawExtension(random)...)
		default:
			archive = append(archive, randomEntry(random)...)
		}
	}
	if chance(random, 2) {
		spoil(random, archive)
	}
	switch random.IntN(10) {
	case 0: // no end
	case 1:
		archive = archive[:random.IntN(len(archive)+1)]
	case 2:
		archive = append(archive, make([]byte, random.IntN(3000))...)
	case 3:
		archive = append(append(archive, make([]byte, 1024)...), "trailing"...)
	default:
		archive = append(archive, make([]byte, 1024)...)
	}
	return archive
}
