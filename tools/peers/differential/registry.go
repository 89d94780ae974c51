// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync"

	"github.com/olareg/olareg"
	"github.com/olareg/olareg/config"
	"github.com/opencontainers/go-digest"
)

// Registry is olareg at one address. Reset empties it, so that every push has to bring everything.
type Registry struct {
	Host string

	mu           sync.Mutex
	server       *olareg.Server
	repositories map[string]Repository
}

// Repository is what was pushed: the tags and what they name, manifests and blobs by digest.
type Repository struct {
	Tags      map[string]string
	Manifests map[string][]byte
	Blobs     map[string][]byte
}

var (
	manifestPath = regexp.MustCompile(`^/v2/(.+)/manifests/([^/]+)$`)
	uploadPath   = regexp.MustCompile(`^/v2/(.+)/blobs/uploads/`)
)

// startRegistry listens on the address; port 0 takes a free one.
func startRegistry(address string) (*Registry, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	registry := &Registry{Host: listener.Addr().String()}
	registry.Reset()
	go http.Serve(listener, registry)
	return registry, nil
}

// Reset forgets everything.
func (r *Registry) Reset() {
	server := olareg.New(config.Config{Storage: config.ConfigStorage{StoreType: config.StoreMem, GC: config.ConfigGC{Frequency: -1}}})
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.server != nil {
		r.server.Close()
	}
	r.server, r.repositories = server, map[string]Repository{}
}

// Repositories that something was pushed to since the last reset.
func (r *Registry) Repositories() map[string]Repository {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.repositories
}

func (r *Registry) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	r.mu.Lock()
	defer r.mu.Unlock()
	answer := &statusWriter{ResponseWriter: w}
	r.server.ServeHTTP(answer, request)
	if answer.status == http.StatusCreated {
		r.record(request, body)
	}
}

// statusWriter keeps the status that was sent: the first one, as olareg goes on to name another.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
		w.ResponseWriter.WriteHeader(status)
	}
}

// record takes in a manifest or a blob that the registry accepted; it has checked digests, and that nothing is missing.
func (r *Registry) record(request *http.Request, body []byte) {
	if match := manifestPath.FindStringSubmatch(request.URL.Path); match != nil {
		repository := r.repository(match[1])
		named := digest.FromBytes(body).String()
		repository.Manifests[named] = body
		if match[2] != named {
			repository.Tags[match[2]] = named
		}
		return
	}
	match := uploadPath.FindStringSubmatch(request.URL.Path)
	named := request.URL.Query().Get("digest")
	if named == "" {
		named = request.URL.Query().Get("mount")
	}
	if match == nil || named == "" {
		return
	}
	stored := httptest.NewRecorder()
	r.server.ServeHTTP(stored, httptest.NewRequest(http.MethodGet, "/v2/"+match[1]+"/blobs/"+named, nil))
	r.repository(match[1]).Blobs[named] = stored.Body.Bytes()
}

func (r *Registry) repository(name string) Repository {
	if _, ok := r.repositories[name]; !ok {
		r.repositories[name] = Repository{Tags: map[string]string{}, Manifests: map[string][]byte{}, Blobs: map[string][]byte{}}
	}
	return r.repositories[name]
}
