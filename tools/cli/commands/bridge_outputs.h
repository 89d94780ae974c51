// SPDX-License-Identifier: Apache-2.0
// Where the bridge's exports go: registries with the build client's credentials, and the client's own files.
#ifndef WAYBILL_TOOLS_CLI_COMMANDS_BRIDGE_OUTPUTS_H_
#define WAYBILL_TOOLS_CLI_COMMANDS_BRIDGE_OUTPUTS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "exporter/bridge/builds/build.h"
#include "exporter/bridge/solve/rewriter.h"
#include "exporter/exporter.h"
#include "oci/clock.h"
#include "oci/http/curl/curl_transport.h"
#include "oci/registry/client.h"
#include "oci/registry/environment_client.h"

namespace waybill::cli::commands {

// Thread-safe. Must outlive the outputs.
class BridgeOutputs {
 public:
  // Errors: those of the configuration file, $WAYBILL_CONFIG.
  static absl::StatusOr<std::unique_ptr<BridgeOutputs>> Create();

  // Tokens and what is learned about a registry stay with the output: nothing is shared between users.
  absl::StatusOr<std::unique_ptr<exporter::Output>> Make(const exporter::bridge::solve::TakenExporter& exporter,
                                                         const exporter::bridge::builds::ClientChannel& client);

 private:
  BridgeOutputs(const oci::registry::EnvironmentClient::Options& process, oci::registry::Client::Configure hosts);

  oci::http::curl::CurlTransport transport_;
  oci::SystemClock clock_;
  const oci::registry::Client::Configure hosts_;
};

}  // namespace waybill::cli::commands

#endif  // WAYBILL_TOOLS_CLI_COMMANDS_BRIDGE_OUTPUTS_H_
