// SPDX-License-Identifier: Apache-2.0
// Requests as spans, by OpenTelemetry's semantic conventions for HTTP clients, 1.23 and later
// (opentelemetry.io/docs/specs/semconv/http/http-spans). Each request on the wire is one span: those for tokens, and
// those that are sent again, too.
#ifndef WAYBILL_OCI_HTTP_TRACED_TRACED_TRANSPORT_H_
#define WAYBILL_OCI_HTTP_TRACED_TRACED_TRANSPORT_H_

#include "oci/http/transport.h"

namespace waybill::oci::http::traced {

// Where the context is traced, the span goes from the request to the reply's head, and the server is told its place in
// the trace ("traceparent", "tracestate"), as BuildKit does. A URL has no user information, and of the query's values
// those alone that RedactUrl leaves; header fields are not told. A status of 400 or above is an error of the span, as
// the conventions say. Elsewhere this is the inner transport. Thread-safe as that.
class TracedTransport : public Transport {
 public:
  // `inner` must outlive this.
  explicit TracedTransport(Transport& inner) : inner_(inner) {}

  absl::StatusOr<Response> Send(const Context& context, const Request& request) override;

 private:
  Transport& inner_;
};

}  // namespace waybill::oci::http::traced

#endif  // WAYBILL_OCI_HTTP_TRACED_TRACED_TRANSPORT_H_
