// SPDX-License-Identifier: Apache-2.0

// usage: rootfs-cases SEED COUNT DIRECTORY
//
// Writes COUNT random stacks of layers, each with the tar archive that BuildKit's tar exporter makes of it: containerd
// unpacks the layers as it does for an overlay file system, the kernel merges them, and fsutil writes the archive. Needs
// root, for mounts and devices, and an empty DIRECTORY to work in. A case on stdout is numbers of eight bytes, big endian,
// and texts: how many layers; for each layer its length and its archive; the length of the expected archive, and it. All
// times in it are 1500000000.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/containerd/containerd/v2/pkg/archive"
	"github.com/tonistiigi/fsutil"
	"github.com/tonistiigi/fsutil/types"
	"golang.org/x/sys/unix"
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// unpack puts the layers into folders of their own, as the lower ones of an overlay; the highest first in what it returns.
func unpack(layers [][]byte, directory string) ([]string, error) {
	var folders []string
	for i, layer := range layers {
		folder := filepath.Join(directory, strconv.Itoa(i))
		check(os.Mkdir(folder, 0o755))
		var options []archive.ApplyOpt
		if len(folders) > 0 { // the lowest one is a plain directory
			options = []archive.ApplyOpt{archive.WithConvertWhiteout(archive.OverlayConvertWhiteout), archive.WithParents(folders)}
		}
		if _, err := archive.Apply(context.Background(), folder, bytes.NewReader(layer), options...); err != nil {
			return nil, err
		}
		folders = slices.Insert(folders, 0, folder)
	}
	return folders, nil
}

func writeTar(root string) []byte {
	tree, err := fsutil.NewFS(root)
	check(err)
	tree, err = fsutil.NewFilterFS(tree, &fsutil.FilterOpt{Map: func(_ string, st *types.Stat) fsutil.MapResult {
		st.ModTime = 1500000000e9
		return fsutil.MapResultKeep
	}})
	check(err)
	var out bytes.Buffer
	check(fsutil.WriteTar(context.Background(), tree, &out))
	return out.Bytes()
}

// merge returns nil when containerd refuses a layer.
func merge(layers [][]byte, directory string) []byte {
	defer func() { check(os.RemoveAll(directory)) }()
	check(os.Mkdir(directory, 0o755))
	folders, err := unpack(layers, directory)
	if err != nil {
		return nil
	}
	if len(folders) == 1 {
		return writeTar(folders[0])
	}
	root := filepath.Join(directory, "merged")
	check(os.Mkdir(root, 0o755))
	if err := unix.Mount("overlay", root, "overlay", unix.MS_RDONLY, "lowerdir="+strings.Join(folders, ":")); err != nil {
		log.Fatalf("mount: %v", err)
	}
	defer func() { check(unix.Unmount(root, unix.MNT_DETACH)) }()
	return writeTar(root)
}

func writeNumber(out io.Writer, n int) { check(binary.Write(out, binary.BigEndian, uint64(n))) }

func writeText(out io.Writer, text []byte) {
	writeNumber(out, len(text))
	_, err := out.Write(text)
	check(err)
}

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: rootfs-cases SEED COUNT DIRECTORY")
	}
	seed, err := strconv.ParseUint(os.Args[1], 10, 64)
	check(err)
	count, err := strconv.Atoi(os.Args[2])
	check(err)
	random := rand.New(rand.NewPCG(seed, 0))
	out := bufio.NewWriter(os.Stdout)
	for tried := 0; count > 0; tried++ {
		layers := randomLayers(random)
		expected := merge(layers, filepath.Join(os.Args[3], fmt.Sprint("case-", tried)))
		if expected == nil {
			continue
		}
		writeNumber(out, len(layers))
		for _, layer := range layers {
			writeText(out, layer)
		}
		writeText(out, expected)
		count--
	}
	check(out.Flush())
}
