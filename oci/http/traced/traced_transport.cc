// SPDX-License-Identifier: Apache-2.0
#include "oci/http/traced/traced_transport.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/http/redact.h"
#include "oci/http/url.h"
#include "oci/trace/trace_context.h"

namespace waybill::oci::http::traced {
namespace {

void Describe(const Request& request, Span& span) {
  span.Set("http.request.method", request.method);
  span.Set("url.full", RedactUrl(request.url));
  if (const absl::StatusOr<Url> url = Url::Parse(request.url); url.ok()) {
    span.Set("server.address", url->host());
    span.Set("server.port", int64_t{url->port()});
  }
  if (request.body != nullptr) span.Set("http.request.body.size", request.body->size());
  if (request.resends > 0) span.Set("http.request.resend_count", int64_t{request.resends});
}

Request WithTrace(Request request, const trace::SpanContext& trace) {
  request.headers.Set(trace::kTraceparent, trace::FormatTraceparent(trace));
  if (trace.state != nullptr) request.headers.Set(trace::kTracestate, *trace.state);
  return request;
}

}  // namespace

absl::StatusOr<Response> TracedTransport::Send(const Context& context, const Request& request) {
  Span span(context, request.method, trace::SpanKind::kClient);
  if (!span.recorded()) return inner_.Send(context, request);
  Describe(request, span);
  absl::StatusOr<Response> response = inner_.Send(span.context(), WithTrace(request, span.context().trace()));
  if (!response.ok()) {
    if (const std::string failure = FailureOf(response.status()); !failure.empty()) span.Set(kErrorType, failure);
    return span.Close(std::move(response));
  }
  span.Set("http.response.status_code", int64_t{response->status});
  if (response->status >= 400) {
    span.Set(kErrorType, absl::StrCat(response->status));
    span.End(absl::UnknownError(""));  // what the status says needs no words
  }
  return response;
}

}  // namespace waybill::oci::http::traced
