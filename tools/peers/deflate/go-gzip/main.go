// SPDX-License-Identifier: Apache-2.0

// usage: go-gzip LEVEL <input >output
//
//	go-gzip serve
//	go-gzip unpack <member >output
//
// Compresses with Go's compress/gzip, which is what BuildKit compresses layers with. "serve" answers requests on standard
// input until it ends: level (1 byte, signed), flush (1 byte: 1 calls Flush before Close), size (4 bytes, little-endian),
// bytes. An answer is a size and the member. "unpack" reads one member and fails when anything follows it.
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

func fail(err error) {
	fmt.Fprintf(os.Stderr, "go-gzip: %v\n", err)
	os.Exit(1)
}

// compress copies in chunks of io.Copy's size, as BuildKit does.
func compress(to io.Writer, from io.Reader, level int, flush bool) error {
	writer, err := gzip.NewWriterLevel(to, level)
	if err != nil {
		return err
	}
	if _, err := io.CopyBuffer(writer, struct{ io.Reader }{from}, make([]byte, 32<<10)); err != nil {
		return err
	}
	if flush {
		if err := writer.Flush(); err != nil {
			return err
		}
	}
	return writer.Close()
}

func answer(from io.Reader, to *bufio.Writer) error {
	var request struct {
		Level int8
		Flush uint8
		Size  uint32
	}
	if err := binary.Read(from, binary.LittleEndian, &request); err != nil {
		return err
	}
	var member bytes.Buffer
	if err := compress(&member, io.LimitReader(from, int64(request.Size)), int(request.Level), request.Flush == 1); err != nil {
		return err
	}
	if err := binary.Write(to, binary.LittleEndian, uint32(member.Len())); err != nil {
		return err
	}
	if _, err := to.Write(member.Bytes()); err != nil {
		return err
	}
	return to.Flush()
}

func serve() error {
	from, to := bufio.NewReaderSize(os.Stdin, 1<<20), bufio.NewWriterSize(os.Stdout, 1<<20)
	for {
		if err := answer(from, to); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func unpack() error {
	from := bufio.NewReader(os.Stdin)
	reader, err := gzip.NewReader(from)
	if err != nil {
		return err
	}
	reader.Multistream(false)
	if _, err := io.Copy(os.Stdout, reader); err != nil {
		return err
	}
	if _, err := from.ReadByte(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("something follows the member (%v)", err)
	}
	return nil
}

func main() {
	if len(os.Args) != 2 {
		fail(errors.New("usage: go-gzip LEVEL|serve|unpack"))
	}
	if os.Args[1] == "serve" {
		if err := serve(); err != nil {
			fail(err)
		}
		return
	}
	if os.Args[1] == "unpack" {
		if err := unpack(); err != nil {
			fail(err)
		}
		return
	}
	level, err := strconv.Atoi(os.Args[1])
	if err != nil {
		fail(err)
	}
	output := bufio.NewWriterSize(os.Stdout, 1<<20)
	if err := compress(output, os.Stdin, level, false); err != nil {
		fail(err)
	}
	if err := output.Flush(); err != nil {
		fail(err)
	}
}
