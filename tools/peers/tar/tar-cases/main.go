// SPDX-License-Identifier: Apache-2.0

// usage: tar-cases SEED COUNT
//
// Writes COUNT random tar archives, most of them odd and many of them broken, each with what Go's archive/tar makes of it
// when it reads every entry, lowers times to an epoch and writes the entry again: what BuildKit's rewrite-timestamp does.
// A case on stdout is six numbers of eight bytes, big endian, and two texts: epoch; 1 when Go takes the archive, else 0;
// the number of entries; the lengths of the texts; 0. The texts are the archive and what was made of it.
package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"strconv"
	"time"
)

// The most that is written of an archive: a sparse file may claim any size.
const maxOutput = 8 << 20

var errTooLarge = errors.New("too large")

type boundedBuffer struct{ bytes.Buffer }

func (b *boundedBuffer) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxOutput {
		return 0, errTooLarge
	}
	return b.Buffer.Write(p)
}

func lower(t *time.Time, epoch time.Time) {
	if t.After(epoch) {
		*t = epoch
	}
}

func rewrite(archive []byte, epoch time.Time) ([]byte, uint64, error) {
	var out boundedBuffer
	reader, writer := tar.NewReader(bytes.NewReader(archive)), tar.NewWriter(&out)
	for entries := uint64(0); ; entries++ {
		header, err := reader.Next()
		if err == io.EOF {
			err = writer.Close()
			return out.Bytes(), entries, err
		}
		if err != nil {
			return nil, 0, err
		}
		lower(&header.ModTime, epoch)
		lower(&header.AccessTime, epoch)
		lower(&header.ChangeTime, epoch)
		if err := writer.WriteHeader(header); err != nil {
			return nil, 0, err
		}
		if _, err := io.Copy(writer, reader); err != nil {
			return nil, 0, err
		}
	}
}

// steady says whether Go makes the same of the archive every time. It does not of a global header with a record that it
// cannot parse: what it takes of the others is a matter of chance.
func steady(archive []byte) bool {
	for reader := tar.NewReader(bytes.NewReader(archive)); ; {
		header, err := reader.Next()
		if err != nil {
			return true
		}
		if header.Typeflag == tar.TypeXGlobalHeader && header.PAXRecords == nil {
			return false
		}
	}
}

func number(text string) uint64 {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		log.Fatal(err)
	}
	return n
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: tar-cases SEED COUNT")
	}
	random := rand.New(rand.NewPCG(number(os.Args[1]), 0))
	out := bufio.NewWriter(os.Stdout)
	for count := number(os.Args[2]); count > 0; {
		archive := randomArchive(random)
		epoch := randomSeconds(random)
		made, entries, err := rewrite(archive, time.Unix(epoch, 0))
		if errors.Is(err, errTooLarge) || !steady(archive) {
			continue
		}
		taken := uint64(1)
		if err != nil {
			taken = 0
		}
		for _, n := range []uint64{uint64(epoch), taken, entries, uint64(len(archive)), uint64(len(made)), 0} {
			if err := binary.Write(out, binary.BigEndian, n); err != nil {
				log.Fatal(err)
			}
		}
		if _, err := out.Write(append(archive, made...)); err != nil {
			log.Fatal(err)
		}
		count--
	}
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}
