// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"bytes"
	"fmt"
	"math/rand/v2"
	"path"
	"strings"
	"time"
)

func chance(random *rand.Rand, n int) bool { return random.IntN(n) == 0 }

func pick[T any](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }

// randomPath has few names, so that layers meet.
func randomPath(random *rand.Rand) string {
	parts := make([]string, 1+random.IntN(3))
	for i := range parts {
		parts[i] = pick(random, "a", "b", "c", "d", "é", strings.Repeat("long", 20))
	}
	return strings.Join(parts, "/")
}

// stack remembers what makes a layer one that no layer of BuildKit is, and that overlays show in ways of their own.
type stack struct {
	lowest bool // whether this layer has none below, so that whiteouts make no sense

	links map[string]bool // symbolic links of lower layers
	own   map[string]bool // symbolic links of this layer
	seen  map[string]bool // paths of this layer, and the directories they are in
	white map[string]bool // paths that this layer whites out
	files map[string]bool // paths that this layer makes something else than directories
	below map[string]bool // paths that lower layers leave
	gone  map[string]bool // paths that some layer hid
}

// odd is true for a path through a symbolic link, for one that is whited out in the same layer, and for one through a
// directory that a layer in between hid: containerd gives such a directory the metadata of the hidden one.
func (s *stack) odd(name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if s.links[dir] || s.own[dir] || s.white[dir] || (s.gone[dir] && !s.below[dir] && !s.seen[dir]) {
			return true
		}
	}
	return s.white[name]
}

func (s *stack) see(name string) {
	for ; name != "."; name = path.Dir(name) {
		s.seen[name] = true
	}
}

func (s *stack) header(random *rand.Rand) *tar.Header {
	name := randomPath(random)
	header := &tar.Header{
		Name:     name,
		Typeflag: pick[byte](random, '0', '0', '0', '1', '2', '3', '5', '5', '6', 'w', 'w', 'o'),
		Mode:     pick[int64](random, 0o644, 0o755, 0o4711, 0o600),
		Uid:      pick(random, 0, 0, 1000, 3000000),
		Gid:      pick(random, 0, 0, 1000),
		ModTime:  time.Unix(random.Int64N(2000000000), 0),
		Format:   tar.FormatPAX,
	}
	if s.odd(name) {
		return nil
	}
	switch header.Typeflag {
	case 'w':
		// An overlay shows a whiteout of nothing as a name that cannot be looked up.
		if s.seen[name] || !s.below[name] {
			return nil
		}
		s.white[name] = true
		s.forget(name)
		s.see(path.Dir(name))
		return &tar.Header{Typeflag: '0', Name: path.Join(path.Dir(name), ".wh."+path.Base(name))}
	case 'o':
		if s.lowest || s.files[name] {
			return nil
		}
		s.forget(name)
		s.see(name)
		return &tar.Header{Typeflag: '0', Name: name + "/.wh..wh..opq"}
	case tar.TypeLink:
		header.Linkname = randomPath(random)
		if !s.seen[header.Linkname] || s.odd(header.Linkname) {
			return nil
		}
	case tar.TypeSymlink:
		header.Linkname = pick(random, "a", "../b", "/c/d", "nowhere", "./a/../b")
		s.own[name] = true
	case tar.TypeChar:
		header.Devmajor, header.Devminor = 1, pick[int64](random, 3, 5, 300)
	case tar.TypeDir:
		if s.files[name] {
			return nil
		}
		header.Name = pick(random, name, "./"+name, "/"+name) + "/"
	case tar.TypeReg:
		header.Name = pick(random, name, "./"+name, "/"+name, "../"+name)
	}
	if header.Typeflag != tar.TypeSymlink {
		delete(s.own, name)
	}
	s.files[name] = header.Typeflag != tar.TypeDir
	if chance(random, 5) && (header.Typeflag == tar.TypeReg || header.Typeflag == tar.TypeDir) {
		header.PAXRecords = map[string]string{"SCHILY.xattr.user.k": fmt.Sprint("v", random.IntN(10))}
	}
	if header.Typeflag != tar.TypeDir {
		s.forget(name)
		for path := range s.seen {
			if strings.HasPrefix(path, name+"/") {
				delete(s.seen, path)
			}
		}
	}
	s.see(name)
	return header
}

// forget takes everything below a path, and the path, out of what lower layers leave.
func (s *stack) forget(name string) {
	for path := range s.below {
		if path == name || strings.HasPrefix(path, name+"/") {
			delete(s.below, path)
			s.gone[path] = true
		}
	}
}

func (s *stack) layer(random *rand.Rand) []byte {
	for link := range s.own {
		s.links[link] = true
	}
	for path := range s.seen {
		s.below[path] = true
	}
	s.own, s.seen, s.white, s.files = map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	var out bytes.Buffer
	writer := tar.NewWriter(&out)
	for n := 1 + random.IntN(12); n > 0; n-- {
		header := s.header(random)
		if header == nil {
			continue
		}
		data := bytes.Repeat([]byte{byte('a' + random.IntN(26))}, random.IntN(pick(random, 1, 10, 2000)))
		if header.Typeflag == tar.TypeReg && !strings.Contains(header.Name, ".wh.") {
			header.Size = int64(len(data))
		} else {
			data = nil
		}
		check(writer.WriteHeader(header))
		_, err := writer.Write(data)
		check(err)
	}
	check(writer.Close())
	return out.Bytes()
}

func randomLayers(random *rand.Rand) [][]byte {
	s := &stack{links: map[string]bool{}, own: map[string]bool{}, below: map[string]bool{}, gone: map[string]bool{}}
	layers := make([][]byte, 1+random.IntN(5))
	for i := range layers {
		s.lowest = i == 0
		layers[i] = s.layer(random)
	}
	return layers
}
