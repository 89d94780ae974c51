// SPDX-License-Identifier: Apache-2.0
// Encoded spans to a collector: OTLP/HTTP with protobuf (opentelemetry.io/docs/specs/otlp/#otlphttp, 1.x).
#ifndef WAYBILL_EXPORTER_TRACES_SENDER_H_
#define WAYBILL_EXPORTER_TRACES_SENDER_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "exporter/traces/encoding.h"
#include "oci/clock.h"
#include "oci/context.h"
#include "oci/http/headers.h"
#include "oci/http/request.h"
#include "oci/http/transport.h"

namespace waybill::exporter::traces {

// Thread-safe.
class Sender {
 public:
  struct Options {
    std::string url;
    oci::http::Headers headers;
    oci::http::TlsSettings tls;
    absl::Duration timeout;  // of one Send, retries included
  };
  // Both must outlive this. The transport is none that makes spans.
  Sender(oci::http::Transport& transport, oci::Clock& clock, Options options)
      : transport_(transport), clock_(clock), options_(std::move(options)) {}

  // Posts an ExportTraceServiceRequest, again after 429, 502, 503 and 504 and where there is no answer, when the
  // collector asks for it (Retry-After) or after 1, 2, 4 and 8 seconds, each up to a half longer. Errors, naming
  // the URL: the last answer, or why there is none, also when the context ends the wait for another.
  absl::StatusOr<Rejection> Send(const oci::Context& context, const std::string& spans);

 private:
  // How an attempt ended: the body of a success.
  absl::StatusOr<std::string> Try(const oci::Context& context, const oci::http::Request& request,
                                  std::optional<absl::Duration>& wait);

  oci::http::Transport& transport_;
  oci::Clock& clock_;
  const Options options_;
};

}  // namespace waybill::exporter::traces

#endif  // WAYBILL_EXPORTER_TRACES_SENDER_H_
