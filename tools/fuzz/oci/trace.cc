// SPDX-License-Identifier: Apache-2.0
// oci/trace: the traceparent and the tracestate, a line each, that a client sends.
#include <string>

#include "oci/trace/trace_context.h"
#include "tools/fuzz/require.h"

namespace trace = waybill::oci::trace;
using waybill::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text = waybill::fuzz::View(data, size);
  const size_t end = text.find('\n');
  const absl::string_view parent = text.substr(0, end);
  const absl::string_view state = end == absl::string_view::npos ? "" : text.substr(end + 1);
  const trace::SpanContext context = trace::ParseTraceContext(parent, state);
  if (!context.valid()) {
    Require(context.state == nullptr, "there is no state without a trace");
    return 0;
  }
  const std::string onwards = trace::FormatTraceparent(context);
  Require(parent.size() >= onwards.size() && parent.substr(3, 49) == onwards.substr(3, 49), "ids go on as they came");
  const trace::SpanContext again = trace::ParseTraceContext(onwards, state);
  Require(
      again.valid() && again.trace == context.trace && again.span == context.span && again.sampled == context.sampled,
      "what goes on is taken up");
  Require((again.state == nullptr) == (context.state == nullptr), "so is the state");
  if (context.state != nullptr) {
    Require(*context.state == state && state.size() <= trace::kMaxStateBytes, "the state goes on as it came");
    Require(state.find_first_of(absl::string_view("\0\r\n", 3)) == absl::string_view::npos, "it is one header field");
  }
  return 0;
}
