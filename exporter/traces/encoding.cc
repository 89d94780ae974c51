// SPDX-License-Identifier: Apache-2.0
#include "exporter/traces/encoding.h"

#include <algorithm>
#include <array>
#include <variant>

#include "oci/words/quote.h"
#include "proto/otlp/trace.pb.h"

namespace waybill::exporter::traces {
namespace {

using oci::words::Quoted;

constexpr uint32_t kSampled = 1;

template <size_t kSize>
std::string Bytes(const std::array<uint8_t, kSize>& id) {
  return {id.begin(), id.end()};
}

otlp::Span::Kind KindOf(oci::trace::SpanKind kind) {
  switch (kind) {
    case oci::trace::SpanKind::kServer:
      return otlp::Span::SERVER;
    case oci::trace::SpanKind::kClient:
      return otlp::Span::CLIENT;
    case oci::trace::SpanKind::kInternal:
      break;
  }
  return otlp::Span::INTERNAL;
}

uint64_t UnixNanos(absl::Time time) { return static_cast<uint64_t>(std::max<int64_t>(absl::ToUnixNanos(time), 0)); }

void AddAttributes(const oci::trace::Attributes& attributes, otlp::Span& message) {
  const size_t told = std::min(attributes.size(), kMaxAttributes);
  for (size_t i = 0; i < told; ++i) {
    otlp::KeyValue& pair = *message.add_attributes();
    pair.set_key(Quoted(attributes[i].first));
    if (const auto* const number = std::get_if<int64_t>(&attributes[i].second)) {
      pair.mutable_value()->set_int_value(*number);
    } else {
      pair.mutable_value()->set_string_value(Quoted(std::get<std::string>(attributes[i].second)));
    }
  }
  message.set_dropped_attributes_count(static_cast<uint32_t>(attributes.size() - told));
}

void Encode(const FinishedSpan& finished, otlp::Span& message) {
  const oci::trace::EndedSpan& span = finished.span;
  message.set_trace_id(Bytes(span.self.trace));
  message.set_span_id(Bytes(span.self.span));
  if (span.parent != oci::trace::SpanId{}) message.set_parent_span_id(Bytes(span.parent));
  if (span.self.state != nullptr) message.set_trace_state(*span.self.state);
  message.set_flags(kSampled);
  message.set_name(Quoted(span.name));
  message.set_kind(KindOf(span.kind));
  message.set_start_time_unix_nano(UnixNanos(span.start));
  // The machine's clock may have been set back.
  message.set_end_time_unix_nano(UnixNanos(std::max(span.start, finished.end)));
  AddAttributes(span.attributes, message);
  if (span.status.ok()) return;  // instrumentation leaves it unset
  message.mutable_status()->set_code(otlp::Status::ERROR);
  message.mutable_status()->set_message(Quoted(span.status.message()));
}

}  // namespace

std::string EncodeSpans(const Origin& origin, const std::vector<FinishedSpan>& spans) {
  otlp::ExportTraceServiceRequest request;
  otlp::ResourceSpans& of_resource = *request.add_resource_spans();
  for (const auto& [key, value] : origin.resource) {
    otlp::KeyValue& pair = *of_resource.mutable_resource()->add_attributes();
    pair.set_key(Quoted(key));
    pair.mutable_value()->set_string_value(Quoted(value));
  }
  otlp::ScopeSpans& of_scope = *of_resource.add_scope_spans();
  of_scope.mutable_scope()->set_name("waybill");
  of_scope.mutable_scope()->set_version(origin.version);
  for (const FinishedSpan& span : spans) Encode(span, *of_scope.add_spans());
  return request.SerializeAsString();
}

Rejection DecodeRejection(absl::string_view response) {
  otlp::ExportTraceServiceResponse message;
  if (!message.ParseFromArray(response.data(), static_cast<int>(response.size()))) return {};
  const otlp::ExportTracePartialSuccess& partial = message.partial_success();
  return {.spans = std::max<int64_t>(partial.rejected_spans(), 0), .why = Quoted(partial.error_message())};
}

}  // namespace waybill::exporter::traces
