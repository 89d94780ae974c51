// SPDX-License-Identifier: Apache-2.0
// How a trace goes from process to process: the headers "traceparent" and "tracestate" of W3C Trace Context, level 1
// (www.w3.org/TR/trace-context-1), which HTTP has as header fields, gRPC as metadata, and commands as the variables
// TRACEPARENT and TRACESTATE.
#ifndef WAYBILL_OCI_TRACE_TRACE_CONTEXT_H_
#define WAYBILL_OCI_TRACE_TRACE_CONTEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "oci/trace/span.h"

namespace waybill::oci::trace {

inline constexpr absl::string_view kTraceparent = "traceparent";
inline constexpr absl::string_view kTracestate = "tracestate";
// Section 3.3.1.5 wants 512 bytes to be passed on. A longer state is dropped whole.
inline constexpr size_t kMaxStateBytes = 512;

// Whatever a caller wrote. Not valid where `traceparent` is not by section 3.2, or has the version ff; of later
// versions the parts of version 00 are read (section 4.1). A `tracestate` that is too long, or has bytes that no header
// field has, is dropped, and the trace goes on without (section 3.3).
SpanContext ParseTraceContext(absl::string_view traceparent, absl::string_view tracestate);

// "00-<trace>-<span>-01", with 00 at the end for a span that is not sampled. `context` is valid.
std::string FormatTraceparent(const SpanContext& context);

}  // namespace waybill::oci::trace

#endif  // WAYBILL_OCI_TRACE_TRACE_CONTEXT_H_
