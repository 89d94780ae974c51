// SPDX-License-Identifier: Apache-2.0
#include "oci/trace/trace_context.h"

#include <algorithm>
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace waybill::oci::trace {
namespace {

// "00-" and 32, "-" and 16, "-" and 2 digits.
constexpr size_t kVersionBytes = 2;
constexpr size_t kTraceAt = 3;
constexpr size_t kSpanAt = 36;
constexpr size_t kFlagsAt = 53;
constexpr size_t kBytes = 55;
constexpr uint8_t kSampled = 0x01;

// The value of a digit. Capitals are none (section 3.2.2).
std::optional<uint8_t> Digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<uint8_t>(c - 'a' + 10);
  return std::nullopt;
}

template <size_t kSize>
bool ParseHex(absl::string_view text, std::array<uint8_t, kSize>& bytes) {
  for (size_t i = 0; i < kSize; ++i) {
    const std::optional<uint8_t> high = Digit(text[2 * i]), low = Digit(text[2 * i + 1]);
    if (!high.has_value() || !low.has_value()) return false;
    bytes[i] = static_cast<uint8_t>(*high << 4 | *low);
  }
  return true;
}

template <size_t kSize>
std::string Hex(const std::array<uint8_t, kSize>& bytes) {
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

// Printable ASCII (section 3.3.1.3); its members are for those who wrote them.
bool IsState(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxStateBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c == '\t' || (c >= ' ' && c <= '~'); });
}

}  // namespace

SpanContext ParseTraceContext(absl::string_view traceparent, absl::string_view tracestate) {
  if (traceparent.size() < kBytes) return {};
  for (const size_t dash : {kTraceAt - 1, kSpanAt - 1, kFlagsAt - 1}) {
    if (traceparent[dash] != '-') return {};
  }
  std::array<uint8_t, 1> version, flags;
  SpanContext context;
  const bool is_hex = ParseHex(traceparent.substr(0, kVersionBytes), version) &&
                      ParseHex(traceparent.substr(kTraceAt), context.trace) &&
                      ParseHex(traceparent.substr(kSpanAt), context.span) &&
                      ParseHex(traceparent.substr(kFlagsAt), flags);
  if (!is_hex || version[0] == 0xff || !context.valid()) return {};
  const bool has_more = traceparent.size() > kBytes;
  if (has_more && (version[0] == 0 || traceparent[kBytes] != '-')) return {};
  context.sampled = (flags[0] & kSampled) != 0;
  if (IsState(tracestate)) context.state = std::make_shared<const std::string>(tracestate);
  return context;
}

std::string FormatTraceparent(const SpanContext& context) {
  return absl::StrCat("00-", Hex(context.trace), "-", Hex(context.span), context.sampled ? "-01" : "-00");
}

}  // namespace waybill::oci::trace
