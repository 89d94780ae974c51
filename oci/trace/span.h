// SPDX-License-Identifier: Apache-2.0
// Spans of a trace as values, and who takes them. Names are OpenTelemetry's
// (opentelemetry.io/docs/specs/otel/trace/api). Work makes spans by oci::Span (oci/context.h).
#ifndef WAYBILL_OCI_TRACE_SPAN_H_
#define WAYBILL_OCI_TRACE_SPAN_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace waybill::oci::trace {

// All zeros is no id.
using TraceId = std::array<uint8_t, 16>;
using SpanId = std::array<uint8_t, 8>;

// A span as others name it: ours, or one of another process that calls us.
struct SpanContext {
  TraceId trace{};
  SpanId span{};
  bool sampled = false;  // whoever made the span records it
  // The caller's "tracestate", which goes along unread; null when there is none. Shared by all spans of the trace.
  std::shared_ptr<const std::string> state;

  bool valid() const { return trace != TraceId{} && span != SpanId{}; }
};

enum class SpanKind {
  kInternal,
  kServer,  // the work for a call from another process
  kClient,  // a request to another process
};

using AttributeValue = std::variant<std::string, int64_t>;
using Attributes = std::vector<std::pair<std::string, AttributeValue>>;

// A span that is over, but for its end, which is when it is told.
struct EndedSpan {
  SpanContext self;
  SpanId parent{};  // zero: the root of its trace
  std::string name;
  SpanKind kind = SpanKind::kInternal;
  absl::Time start;
  Attributes attributes;
  absl::Status status;
};

// Chance and time are those of the sink. Implementations are thread-safe and return at once.
class SpanSink {
 public:
  struct Start {
    SpanId id{};
    absl::Time at;
  };
  virtual ~SpanSink() = default;
  // Where the work for a call from `remote` stands: in the trace of `remote`, below its span, or, when that is not
  // valid, in a new trace, whose first span has no parent. `sampled` of the result: whether its spans are to be told.
  virtual SpanContext Enter(const SpanContext& remote) = 0;
  virtual Start Begin() = 0;
  virtual void End(EndedSpan span) = 0;
};

}  // namespace waybill::oci::trace

#endif  // WAYBILL_OCI_TRACE_SPAN_H_
