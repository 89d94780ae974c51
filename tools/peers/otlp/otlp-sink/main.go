// SPDX-License-Identifier: Apache-2.0

// otlp-sink takes spans as a collector does, by OTLP/HTTP with protobuf, decoded by OpenTelemetry's own messages, and
// appends each as a line of JSON to a file.
//
// usage: otlp-sink [-unavailable N] [-reject] ADDRESS-FILE SPANS-FILE
//
// Listens on a free port of 127.0.0.1 and writes its URL to ADDRESS-FILE. The first N requests get 503 with
// "Retry-After: 1". With -reject every request is a partial success without spans. Metrics are taken and forgotten.
package main

import (
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

type line struct {
	Service    string         `json:"service"`
	Trace      string         `json:"trace"`
	Span       string         `json:"span"`
	Parent     string         `json:"parent"`
	State      string         `json:"state,omitempty"`
	Name       string         `json:"name"`
	Kind       string         `json:"kind"`
	Start      uint64         `json:"start"`
	End        uint64         `json:"end"`
	Code       string         `json:"code"`
	Message    string         `json:"message,omitempty"`
	Attributes map[string]any `json:"attributes"`
	Resource   map[string]any `json:"resource"`
	Headers    http.Header    `json:"headers"`
}

type sink struct {
	unavailable atomic.Int64
	reject      bool
	mutex       sync.Mutex
	spans       *json.Encoder
}

func attributes(pairs []*common.KeyValue) map[string]any {
	all := map[string]any{}
	for _, pair := range pairs {
		switch value := pair.GetValue().GetValue().(type) {
		case *common.AnyValue_StringValue:
			all[pair.GetKey()] = value.StringValue
		case *common.AnyValue_IntValue:
			all[pair.GetKey()] = value.IntValue
		default:
			all[pair.GetKey()] = fmt.Sprint(pair.GetValue())
		}
	}
	return all
}

func (s *sink) write(of *trace.ResourceSpans, headers http.Header) error {
	resource := attributes(of.GetResource().GetAttributes())
	service, _ := resource["service.name"].(string)
	for _, scope := range of.GetScopeSpans() {
		for _, span := range scope.GetSpans() {
			if err := s.spans.Encode(line{
				Service: service, Trace: hex.EncodeToString(span.GetTraceId()), Span: hex.EncodeToString(span.GetSpanId()),
				Parent: hex.EncodeToString(span.GetParentSpanId()), State: span.GetTraceState(), Name: span.GetName(),
				Kind: span.GetKind().String(), Start: span.GetStartTimeUnixNano(), End: span.GetEndTimeUnixNano(),
				Code: span.GetStatus().GetCode().String(), Message: span.GetStatus().GetMessage(),
				Attributes: attributes(span.GetAttributes()), Resource: resource, Headers: headers,
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

func body(request *http.Request) ([]byte, error) {
	var from io.Reader = request.Body
	if request.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(from)
		if err != nil {
			return nil, err
		}
		from = unzipped
	}
	return io.ReadAll(from)
}

func (s *sink) traces(writer http.ResponseWriter, request *http.Request) {
	if s.unavailable.Add(-1) >= 0 {
		writer.Header().Set("Retry-After", "1")
		writer.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	var spans collector.ExportTraceServiceRequest
	bytes, err := body(request)
	if err == nil {
		err = proto.Unmarshal(bytes, &spans)
	}
	if err != nil || request.Header.Get("Content-Type") != "application/x-protobuf" {
		log.Printf("not spans: %v %v", request.Header, err)
		writer.WriteHeader(http.StatusBadRequest)
		return
	}
	var response collector.ExportTraceServiceResponse
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, of := range spans.GetResourceSpans() {
		if s.reject {
			response.PartialSuccess = &collector.ExportTracePartialSuccess{RejectedSpans: 1, ErrorMessage: "not today"}
		} else if err := s.write(of, request.Header); err != nil {
			log.Fatal(err)
		}
	}
	answer, err := proto.Marshal(&response)
	if err != nil {
		log.Fatal(err)
	}
	writer.Header().Set("Content-Type", "application/x-protobuf")
	writer.Write(answer)
}

func main() {
	unavailable := flag.Int64("unavailable", 0, "requests to be answered with 503")
	reject := flag.Bool("reject", false, "take no spans")
	flag.Parse()
	if flag.NArg() != 2 {
		log.Fatal("usage: otlp-sink [-unavailable N] [-reject] ADDRESS-FILE SPANS-FILE")
	}
	file, err := os.OpenFile(flag.Arg(1), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	s := &sink{reject: *reject, spans: json.NewEncoder(file)}
	s.unavailable.Store(*unavailable)
	http.HandleFunc("POST /v1/traces", s.traces)
	http.HandleFunc("POST /v1/metrics", func(http.ResponseWriter, *http.Request) {})
	// Whole or not at all: whoever waits for the file reads it at once.
	address := flag.Arg(0) + ".new"
	if err := os.WriteFile(address, []byte("http://"+listener.Addr().String()+"\n"), 0o644); err != nil {
		log.Fatal(err)
	}
	if err := os.Rename(address, flag.Arg(0)); err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.Serve(listener, nil))
}
