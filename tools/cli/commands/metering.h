// SPDX-License-Identifier: Apache-2.0
// The metrics of a command that serves, where --metrics asks for them.
#ifndef WAYBILL_TOOLS_CLI_COMMANDS_METERING_H_
#define WAYBILL_TOOLS_CLI_COMMANDS_METERING_H_

#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "exporter/export_end.h"
#include "exporter/http/server.h"
#include "exporter/metrics/endpoint.h"
#include "exporter/metrics/metrics.h"
#include "exporter/rpc/listen/address.h"
#include "exporter/service/store/keeper.h"
#include "oci/observer.h"
#include "tools/cli/commands/log.h"

namespace waybill::cli::commands {

// Without an address nothing is counted, and no method does anything.
class Metering {
 public:
  using Metrics = exporter::metrics::Metrics;

  // `addresses` outlives the parser's callbacks.
  static void AddFlag(CLI::App& command, std::vector<std::string>& addresses);

  // Outlives what it observes. `read` is called from Start on, until Stop.
  Metering(std::vector<exporter::rpc::listen::Address> addresses, Metrics::Program program, Metrics::ReadGauges read);

  // Null when nothing is counted.
  oci::Observer* observer() const { return metrics_.get(); }
  // A sink that counts and then calls `also`, which may be null; null when there is nothing to call.
  exporter::ExportEndSink Counting(exporter::ExportEndSink also) const;
  // A sink for blobs that go from a store; null when nothing is counted.
  exporter::service::store::EvictionSink CountingEvicted() const;

  // Listens, and tells where. Errors: those of http::Server::Start.
  absl::Status Start(const std::string& group, const Log& log);
  // Lets scrapes that are under way end.
  void Stop();

 private:
  const std::vector<exporter::rpc::listen::Address> addresses_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<exporter::metrics::Endpoint> endpoint_;
  std::unique_ptr<exporter::http::Server> server_;
};

}  // namespace waybill::cli::commands

#endif  // WAYBILL_TOOLS_CLI_COMMANDS_METERING_H_
