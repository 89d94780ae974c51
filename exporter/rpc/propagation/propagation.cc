// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/propagation/propagation.h"

#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "oci/trace/trace_context.h"

namespace waybill::exporter::rpc::propagation {
namespace {

absl::string_view View(grpc::string_ref text) { return {text.data(), text.size()}; }
grpc::string_ref Key(absl::string_view key) { return {key.data(), key.size()}; }

}  // namespace

oci::trace::SpanContext CallersTrace(const std::multimap<grpc::string_ref, grpc::string_ref>& metadata) {
  const auto [parent, after] = metadata.equal_range(Key(oci::trace::kTraceparent));
  if (parent == after || std::next(parent) != after) return {};
  std::string state;  // of several fields, the list of all (section 3.3.1)
  const auto [begin, end] = metadata.equal_range(Key(oci::trace::kTracestate));
  for (auto field = begin; field != end && state.size() <= oci::trace::kMaxStateBytes; ++field) {
    absl::StrAppend(&state, state.empty() ? "" : ",", View(field->second));
  }
  return oci::trace::ParseTraceContext(View(parent->second), state);
}

void SendTrace(const oci::Context& context, grpc::ClientContext& call) {
  const oci::trace::SpanContext& trace = context.trace();
  if (!trace.valid()) return;
  call.AddMetadata(std::string(oci::trace::kTraceparent), oci::trace::FormatTraceparent(trace));
  if (trace.state != nullptr) call.AddMetadata(std::string(oci::trace::kTracestate), *trace.state);
}

}  // namespace waybill::exporter::rpc::propagation
