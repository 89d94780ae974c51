// SPDX-License-Identifier: Apache-2.0
// The traces of a command, as its environment asks for them.
#ifndef WAYBILL_EXPORTER_TRACES_TRACING_H_
#define WAYBILL_EXPORTER_TRACES_TRACING_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "exporter/traces/encoding.h"
#include "exporter/traces/sender.h"
#include "exporter/traces/settings.h"
#include "exporter/traces/tracer.h"
#include "oci/clock.h"
#include "oci/http/curl/curl_transport.h"
#include "oci/trace/span.h"
#include "oci/words/secrets.h"

namespace waybill::exporter::traces {

// Thread-safe. Outlives what makes spans.
class Tracing {
 public:
  struct Options {
    Environment environment;
    std::string service;  // service.name, unless the environment has one: "waybill-bridge"
    std::string version;  // of waybill
    // Told in one line when spans are lost; may be null.
    std::function<void(absl::string_view line)> note;
  };
  // Errors: those of ReadSettings.
  static absl::StatusOr<std::unique_ptr<Tracing>> Start(const Options& options);

  // Sends what there is, for some seconds.
  ~Tracing();

  // Null where no traces are asked for.
  oci::trace::SpanSink* sink() { return tracer_.get(); }

 private:
  Tracing() = default;

  oci::SystemClock clock_;
  oci::words::HeldSecrets secrets_;
  std::unique_ptr<oci::http::curl::CurlTransport> transport_;
  std::unique_ptr<Sender> sender_;
  std::unique_ptr<Tracer> tracer_;
};

// The span in which a command was started: TRACEPARENT and TRACESTATE, as OpenTelemetry has it for environment
// variables (opentelemetry.io/docs/specs/otel/context/env-carriers). Not valid when there is none.
oci::trace::SpanContext CallersTrace(const Environment& environment);

}  // namespace waybill::exporter::traces

#endif  // WAYBILL_EXPORTER_TRACES_TRACING_H_
