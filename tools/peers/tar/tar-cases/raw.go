// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
)

const (
	ustar = "ustar\x0000"
	gnu   = "ustar  \x00"
)

func pad(data []byte) []byte { return append(data, make([]byte, (512-len(data)%512)%512)...) }

// sum writes the checksum of a block, of bytes with a sign when `signed`.
func sum(block []byte, signed bool) {
	copy(block[148:156], "        ")
	total := 0
	for _, c := range block[:512] {
		if signed {
			total += int(int8(c))
		} else {
			total += int(c)
		}
	}
	if total >= 0 {
		copy(block[148:156], fmt.Sprintf("%06o\x00 ", total))
	}
}

func rawBlock(name string, flag byte, size int64, magic string) []byte {
	block := make([]byte, 512)
	copy(block[:100], name)
	copy(block[100:], "0000644\x000000000\x000000000\x00")
	copy(block[124:], fmt.Sprintf("%011o\x00", size))
	copy(block[136:], "00000000005\x00")
	block[156] = flag
	copy(block[257:], magic)
	sum(block, false)
	return block
}

func record(key, value string) string {
	length := len(key) + len(value) + 3
	for n := length; ; n++ {
		if len(fmt.Sprint(n))+length == n {
			return fmt.Sprintf("%d %s=%s\n", n, key, value)
		}
	}
}

// rawExtension is a header for the next entry that archive/tar would not write so.
func rawExtension(random *rand.Rand) []byte {
	var data string
	flag := pick[byte](random, 'x', 'x', 'g', 'L', 'K')
	switch flag {
	case 'L', 'K':
		data = pick(random, "", randomText(random, 300)+"\x00", "abc\x00def", strings.Repeat("n", 400))
	default:
		for n := random.IntN(4); n > 0; n-- {
			key := pick(random, "path", "linkpath", "size", "uid", "gid", "mtime", "atime", "ctime", "uname", "GNU.sparse.major",
				"GNU.sparse.map", "GNU.sparse.offset", "GNU.sparse.numbytes", "SCHILY.xattr.a", "", "k=v")
			value := pick(random, "", "0", "1", "5", "-1", "+3", "1.25", "-1.5", "x", "0,5", "9223372036854775807", "99999999999999999999",
				"ä", "a\x00b", randomText(random, 200))
			data += record(key, value)
		}
		if chance(random, 8) {
			data = pick(random, "5 a=\n", "6 a=b", "+6 a=b\n", "06 a=b\n", "x", " ", "3 \n", "7 a=b\n", data+"\x00")
		}
	}
	size := int64(len(data))
	if chance(random, 40) {
		size = 1<<20 + 1
		data += strings.Repeat("\x00", 1<<20)
	}
	return append(rawBlock("ext", flag, size, pick(random, ustar, gnu, "")), pad([]byte(data))...)
}

type fragment struct{ offset, size int64 }

// sparseEntry is a sparse file in one of GNU's four forms, or nearly.
func sparseEntry(random *rand.Rand) []byte {
	var fragments []fragment
	var end, stored int64
	for n := random.IntN(pick(random, 3, 8, 40)); n > 0; n-- {
		f := fragment{end + random.Int64N(3000), pick(random, 0, 1, random.Int64N(900))}
		if chance(random, 60) {
			f.offset -= 100
		}
		fragments = append(fragments, f)
		end, stored = f.offset+f.size, stored+f.size
	}
	size := end + pick(random, 0, random.Int64N(2000))
	if chance(random, 20) {
		size += pick[int64](random, -1, 1<<40)
	}
	if chance(random, 20) {
		stored += pick[int64](random, 1, 600)
	}
	data := bytes.Repeat([]byte{'s'}, int(stored))
	if chance(random, 4) {
		return oldSparse(random, fragments, size, data)
	}
	return paxSparse(random, fragments, size, data)
}

func oldSparse(random *rand.Rand, fragments []fragment, size int64, data []byte) []byte {
	header := rawBlock("holes", 'S', int64(len(data)), pick(random, gnu, gnu, gnu, ustar))
	put := func(block []byte, first, pairs int) {
		for i := 0; i < pairs && len(fragments) > 0; i++ {
			copy(block[first+24*i:], fmt.Sprintf("%011o\x00%011o\x00", fragments[0].offset, fragments[0].size))
			if chance(random, 10) {
				block[first+24*i] = 0x80
				copy(block[first+24*i+1:], "\x00\x00\x00")
				binary.BigEndian.PutUint64(block[first+24*i+4:], uint64(fragments[0].offset))
			}
			fragments = fragments[1:]
		}
		if len(fragments) > 0 {
			block[first+24*pairs] = 1
		}
	}
	put(header, 386, 4)
	copy(header[483:], fmt.Sprintf("%011o\x00", max(size, 0)))
	sum(header, false)
	out := header
	for len(fragments) > 0 {
		block := make([]byte, 512)
		put(block, 0, 21)
		out = append(out, block...)
	}
	return append(out, pad(data)...)
}

func paxSparse(random *rand.Rand, fragments []fragment, size int64, data []byte) []byte {
	var numbers []string
	for _, f := range fragments {
		numbers = append(numbers, fmt.Sprint(f.offset), fmt.Sprint(f.size))
	}
	count := fmt.Sprint(len(fragments))
	records := record("GNU.sparse.name", pick(random, "holes", "")) + record("path", "GNUSparseFile.0/holes")
	switch random.IntN(3) {
	case 0:
		records += record("GNU.sparse.size", fmt.Sprint(size)) + record("GNU.sparse.numblocks", count)
		for i := 0; i < len(numbers); i += 2 {
			records += record("GNU.sparse.offset", numbers[i]) + record("GNU.sparse.numbytes", numbers[i+1])
		}
	case 1:
		records += record("GNU.sparse.size", fmt.Sprint(size)) + record("GNU.sparse.numblocks", count) +
			record("GNU.sparse.map", strings.Join(numbers, ","))
	default:
		records += record("GNU.sparse.major", "1") + record("GNU.sparse.minor", "0") +
			record("GNU.sparse.realsize", fmt.Sprint(size))
		text := strings.Join(append([]string{pick(random, count, count, count, count, "99", "-1", "x")}, numbers...), "\n") + "\n"
		data = append(pad([]byte(text)), data...)
	}
	if chance(random, 3) {
		records += record("size", fmt.Sprint(len(data)))
	}
	out := append(rawBlock("x", 'x', int64(len(records)), ustar), pad([]byte(records))...)
	return append(append(out, rawBlock("holes", pick[byte](random, '0', '0', '0', '0', '2'), int64(len(data)), ustar)...), pad(data)...)
}

// spoil changes blocks that look like headers, and mends their checksums most of the time.
func spoil(random *rand.Rand, archive []byte) {
	for start := 0; start+512 <= len(archive); start += 512 {
		block := archive[start : start+512]
		if block[154] != 0 || block[155] != ' ' || chance(random, 2) {
			continue
		}
		signed := false
		switch random.IntN(8) {
		case 0:
			copy(block[257:], pick(random, ustar, gnu, "\x00\x00\x00\x00\x00\x00\x00\x00", "ustar  x", "ustar\x00xx"))
		case 1: // STAR
			copy(block[257:], ustar)
			copy(block[508:], "tar\x00")
			copy(block[476:], "00000000001 00000000002 ")
		case 2:
			copy(block[345:], pick(random, "00000000007\x00", "x", "prefix/of/name", "\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x05", "ä"))
		case 3:
			first := pick(random, 100, 108, 116, 124, 136, 329, 337)
			copy(block[first:first+8], pick(random, "       \x00", "  17 \x00\x00 ", "12345678", "1234567 ", "9999999\x00", "\xff\xff\xff\xff\xff\xff\xff\xff",
				"\x80\x00\x00\x00\x00\x00\x00\x07", "\x00\x00\x00\x00\x00\x00\x00\x00", "-000001\x00", "12\x0034\x00\x00\x00"))
		case 4:
			block[156] = pick[byte](random, 0, '0', '1', '5', '7', 'x', 'g', 'L', 'K', 'S', 'A')
		case 5:
			block[random.IntN(512)] = byte(random.Uint32())
		case 6:
			signed = true
			copy(block[:100], "n\xe4me")
		default:
			copy(block[265:], "\xe4user\x00")
		}
		if !chance(random, 12) {
			sum(block, signed)
		}
	}
}
