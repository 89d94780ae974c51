// SPDX-License-Identifier: Apache-2.0
// Spans as OTLP's messages (opentelemetry.io/docs/specs/otlp, 1.x).
#ifndef WAYBILL_EXPORTER_TRACES_ENCODING_H_
#define WAYBILL_EXPORTER_TRACES_ENCODING_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "oci/trace/span.h"

namespace waybill::exporter::traces {

struct FinishedSpan {
  oci::trace::EndedSpan span;
  absl::Time end;
};

// Who made the spans.
struct Origin {
  std::map<std::string, std::string> resource;
  std::string version;  // of waybill
};

// Further attributes of a span are counted, and not told. Of texts there are words::kMaxQuotedBytes.
inline constexpr size_t kMaxAttributes = 32;

// The bytes of an ExportTraceServiceRequest. All texts are UTF-8 and free of held secrets, whatever the spans hold.
std::string EncodeSpans(const Origin& origin, const std::vector<FinishedSpan>& spans);

// What a collector did not take, by its ExportTraceServiceResponse. Bytes that are none say nothing.
struct Rejection {
  int64_t spans = 0;
  std::string why;  // quoted
};
Rejection DecodeRejection(absl::string_view response);

}  // namespace waybill::exporter::traces

#endif  // WAYBILL_EXPORTER_TRACES_ENCODING_H_
