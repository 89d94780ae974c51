// SPDX-License-Identifier: Apache-2.0
// The work for a call from another process, as a span.
#ifndef WAYBILL_EXPORTER_RPC_PROPAGATION_TRACED_CALL_H_
#define WAYBILL_EXPORTER_RPC_PROPAGATION_TRACED_CALL_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "oci/context.h"
#include "oci/trace/span.h"

namespace waybill::exporter::rpc::propagation {

// A span below the caller's, and below it "queue", until the work's turn comes. Neither copied nor moved; used by one
// thread at a time.
class TracedCall {
 public:
  // Begins the span. `sink` may be null.
  TracedCall(oci::trace::SpanSink* sink, const oci::trace::SpanContext& caller, absl::string_view name)
      : caller_(oci::Context().WithTrace(sink, caller)),
        span_(caller_, name, oci::trace::SpanKind::kServer),
        queue_(span_.context(), "queue") {}

  oci::Span& span() { return span_; }
  // The turn has come: `context` for the work. For as long as this lives.
  oci::Context Begin(const oci::Context& context) {
    queue_.End(absl::OkStatus());
    return context.WithTraceOf(span_.context());
  }
  // The work has ended so, or will never begin.
  void End(const absl::Status& status) {
    queue_.End(status);
    span_.End(status);
  }

 private:
  const oci::Context caller_;
  oci::Span span_;
  oci::Span queue_;
};

}  // namespace waybill::exporter::rpc::propagation

#endif  // WAYBILL_EXPORTER_RPC_PROPAGATION_TRACED_CALL_H_
