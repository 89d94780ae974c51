// SPDX-License-Identifier: Apache-2.0
#include "exporter/traces/tracing.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "oci/http/curl/proxy.h"
#include "oci/status_macros.h"
#include "oci/trace/trace_context.h"

namespace waybill::exporter::traces {
namespace {

// At the end of a command nobody waits for a collector for long.
constexpr absl::Duration kPatience = absl::Seconds(5);

// What the environment says of the resource goes before what the program knows.
Origin OriginOf(const Tracing::Options& options, const Settings& settings) {
  Origin origin{.resource = settings.resource, .version = options.version};
  origin.resource.emplace("service.name", options.service);
  origin.resource.emplace("service.version", options.version);
  origin.resource.emplace("telemetry.sdk.language", "cpp");
  origin.resource.emplace("telemetry.sdk.name", "waybill");
  origin.resource.emplace("telemetry.sdk.version", options.version);
  return origin;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Tracing>> Tracing::Start(const Options& options) {
  std::unique_ptr<Tracing> tracing(new Tracing());
  ABSL_ASSIGN_OR_RETURN(std::optional<Settings> settings, ReadSettings(options.environment));
  if (!settings.has_value()) return tracing;
  for (const auto& [name, value] : settings->headers.fields()) tracing->secrets_.Add(value);
  using oci::http::curl::CurlTransport;
  tracing->transport_ = std::make_unique<CurlTransport>(
      CurlTransport::Options{.proxy = oci::http::curl::ProxyConfigFrom(options.environment),
                             .user_agent = absl::StrCat("waybill/", options.version)});
  tracing->sender_ = std::make_unique<Sender>(
      *tracing->transport_, tracing->clock_,
      Sender::Options{
          .url = settings->url, .headers = settings->headers, .tls = settings->tls, .timeout = settings->timeout});
  const auto send = [&sender = *tracing->sender_, origin = OriginOf(options, *settings)](
                        const oci::Context& context, const std::vector<FinishedSpan>& spans) {
    return sender.Send(context, EncodeSpans(origin, spans));
  };
  tracing->tracer_ = std::make_unique<Tracer>(
      Tracer::Options{
          .sampler = settings->sampler, .queue = settings->queue, .batch = settings->batch, .delay = settings->delay},
      tracing->clock_, send, options.note);
  return tracing;
}

Tracing::~Tracing() {
  if (tracer_ != nullptr) tracer_->Stop(kPatience);
}

oci::trace::SpanContext CallersTrace(const Environment& environment) {
  return oci::trace::ParseTraceContext(environment("TRACEPARENT").value_or(""), environment("TRACESTATE").value_or(""));
}

}  // namespace waybill::exporter::traces
