// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/commands/metering.h"

#include <utility>

#include "absl/time/time.h"
#include "oci/status_macros.h"
#include "tools/cli/commands/listen_flags.h"
#include "tools/cli/line/version.h"

namespace waybill::cli::commands {
namespace {

constexpr absl::Duration kLastScrape = absl::Seconds(1);

}  // namespace

void Metering::AddFlag(CLI::App& command, std::vector<std::string>& addresses) {
  command
      .add_option("--metrics", addresses,
                  "Address, as those of --listen, on which metrics are served over HTTP for Prometheus (/metrics, "
                  "docs/metrics.md); repeatable")
      ->type_name("ADDRESS")
      ->allow_extra_args(false);
}

Metering::Metering(std::vector<exporter::rpc::listen::Address> addresses, Metrics::Program program,
                   Metrics::ReadGauges read)
    : addresses_(std::move(addresses)) {
  if (addresses_.empty()) return;
  metrics_ = std::make_unique<Metrics>(program, line::kVersion, std::move(read));
  endpoint_ = std::make_unique<exporter::metrics::Endpoint>(*metrics_);
}

exporter::ExportEndSink Metering::Counting(exporter::ExportEndSink also) const {
  if (metrics_ == nullptr) return also;
  return [metrics = metrics_.get(), also = std::move(also)](const exporter::ExportEnd& end) {
    metrics->Count(end);
    if (also != nullptr) also(end);
  };
}

exporter::service::store::EvictionSink Metering::CountingEvicted() const {
  if (metrics_ == nullptr) return nullptr;
  return [metrics = metrics_.get()](const exporter::service::store::Evicted& evicted) {
    metrics->CountEvicted(evicted.blobs, evicted.bytes);
  };
}

absl::Status Metering::Start(const std::string& group, const Log& log) {
  if (endpoint_ == nullptr) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(
      server_,
      exporter::http::Server::Start(
          {.name = "metrics", .listen = addresses_, .group = group, .connections = 32, .parallel = 2, .waiting = 16},
          *endpoint_));
  TellAddresses(log, server_->addresses(), /*tls=*/false, "metrics on");
  return absl::OkStatus();
}

void Metering::Stop() {
  if (server_ != nullptr) server_->Drain(kLastScrape);
}

}  // namespace waybill::cli::commands
