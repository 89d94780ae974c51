// SPDX-License-Identifier: Apache-2.0
// Where traces go, by the environment variables of OpenTelemetry
// (opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables and .../protocol/exporter), which
// docs/traces.md lists.
#ifndef WAYBILL_EXPORTER_TRACES_SETTINGS_H_
#define WAYBILL_EXPORTER_TRACES_SETTINGS_H_

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "oci/http/headers.h"
#include "oci/http/request.h"
#include "oci/trace/span.h"

namespace waybill::exporter::traces {

using Environment = std::function<std::optional<std::string>(absl::string_view name)>;

// Which traces are recorded.
struct Sampler {
  bool follow_caller = true;  // a trace of a caller: as the caller does
  double ratio = 1;           // of all others, by their ids, as OpenTelemetry's Go library does

  // `remote` need not be valid; `trace` is the id of the trace that is asked about.
  bool Samples(const oci::trace::SpanContext& remote, const oci::trace::TraceId& trace) const;
};

struct Settings {
  std::string url;  // that spans are posted to
  oci::http::Headers headers;
  oci::http::TlsSettings tls;
  absl::Duration timeout = absl::Seconds(10);  // of one batch, with its retries
  Sampler sampler;
  std::map<std::string, std::string> resource;  // attributes of the resource, besides the program's own
  size_t queue = 2048;                          // spans that wait at most
  size_t batch = 512;                           // spans of one request
  absl::Duration delay = absl::Seconds(5);      // after which a batch goes that is not full
};

// Nullopt where no variable asks for traces, or OTEL_SDK_DISABLED or OTEL_TRACES_EXPORTER=none forbids them. An empty
// variable is none. Errors: INVALID_ARGUMENT naming the variable, for values that it does not have and for what waybill
// does not have (gRPC, JSON, compression); messages have no value of OTEL_EXPORTER_OTLP_HEADERS. Those of reading
// certificates.
absl::StatusOr<std::optional<Settings>> ReadSettings(const Environment& environment);

}  // namespace waybill::exporter::traces

#endif  // WAYBILL_EXPORTER_TRACES_SETTINGS_H_
