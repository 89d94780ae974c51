// SPDX-License-Identifier: Apache-2.0
// Where the bridge's exports go: registries with the build client's credentials, and the client's own files.
#ifndef WAYBILL_TOOLS_CLI_BRIDGE_OUTPUTS_H_
#define WAYBILL_TOOLS_CLI_BRIDGE_OUTPUTS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "exporter/bridge/build.h"
#include "exporter/bridge/solve/rewriter.h"
#include "exporter/exporter.h"
#include "oci/http/curl_transport.h"
#include "oci/registry/client.h"
#include "oci/registry/clock.h"
#include "oci/registry/environment_client.h"

namespace waybill::cli {

// Thread-safe. Must outlive the outputs.
class BridgeOutputs {
 public:
  // Errors: those of the configuration file, $WAYBILL_CONFIG.
  static absl::StatusOr<std::unique_ptr<BridgeOutputs>> Create();

  // Tokens and what is learned about a registry stay with the output: nothing is shared between users.
  absl::StatusOr<std::unique_ptr<exporter::Output>> Make(const exporter::bridge::solve::TakenExporter& exporter,
                                                         const exporter::bridge::ClientChannel& client);

 private:
  BridgeOutputs(const oci::registry::EnvironmentClient::Options& process, oci::registry::Client::Configure hosts);

  oci::http::CurlTransport transport_;
  oci::registry::SystemClock clock_;
  const oci::registry::Client::Configure hosts_;
};

}  // namespace waybill::cli

#endif  // WAYBILL_TOOLS_CLI_BRIDGE_OUTPUTS_H_
