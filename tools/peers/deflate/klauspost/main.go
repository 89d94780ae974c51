// SPDX-License-Identifier: Apache-2.0

// usage: klauspost gzip|zstd LEVEL <input >output
//
// Compresses with klauspost/compress, which many Go programs use: gzip at a level of 1 to 9, zstd at a level of the zstd
// command, on all processors.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func writer(to io.Writer, format string, level int) (io.WriteCloser, error) {
	switch format {
	case "gzip":
		return gzip.NewWriterLevel(to, level)
	case "zstd":
		return zstd.NewWriter(to, zstd.WithEncoderLevel(zstd.EncoderLevelFromZstd(level)))
	}
	return nil, fmt.Errorf("no format %q", format)
}

func run(format, level string) error {
	number, err := strconv.Atoi(level)
	if err != nil {
		return err
	}
	output := bufio.NewWriterSize(os.Stdout, 1<<20)
	to, err := writer(output, format, number)
	if err != nil {
		return err
	}
	if _, err := io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{os.Stdin}, make([]byte, 32<<10)); err != nil {
		return err
	}
	if err := to.Close(); err != nil {
		return err
	}
	return output.Flush()
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: klauspost gzip|zstd LEVEL")
		os.Exit(1)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintf(os.Stderr, "klauspost: %v\n", err)
		os.Exit(1)
	}
}
