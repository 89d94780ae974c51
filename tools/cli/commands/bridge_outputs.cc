// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/commands/bridge_outputs.h"

#include <utility>

#include "exporter/bridge/client_file_output.h"
#include "exporter/bridge/client_layout_output.h"
#include "exporter/bridge/remote/session_credentials.h"
#include "exporter/output/output.h"
#include "exporter/output/registry_output.h"
#include "oci/http/curl/proxy.h"
#include "oci/registry/client.h"
#include "oci/status_macros.h"

namespace waybill::cli::commands {
namespace {

using exporter::bridge::solve::Destination;
using oci::registry::EnvironmentClient;

// A push for one build: the client's credentials, and with them tokens and connections, end with it.
class ClientPush : public exporter::Output {
 public:
  ClientPush(oci::http::Transport& transport, oci::Clock& clock, const oci::registry::Client::Configure& hosts,
             const exporter::bridge::builds::ClientChannel& client)
      : credentials_(client),
        registries_({.transport = transport, .credentials = credentials_, .clock = clock}, {.configure = hosts}),
        output_(registries_) {}

  absl::StatusOr<exporter::answers::Delivery> Deliver(const oci::Context& context, const exporter::Image& image,
                                                      const exporter::request::ExportOptions& options) override {
    return output_.Deliver(context, image, options);
  }

 private:
  exporter::bridge::remote::SessionCredentials credentials_;
  oci::registry::Client registries_;
  exporter::output::RegistryOutput output_;
};

absl::StatusOr<std::unique_ptr<exporter::Output>> NewArchive(const exporter::request::ExportOptions& options,
                                                             oci::io::Writer& file) {
  return exporter::output::NewOutput(options, {.stream = &file});
}

}  // namespace

BridgeOutputs::BridgeOutputs(const EnvironmentClient::Options& process, oci::registry::Client::Configure hosts)
    : transport_(
          oci::http::curl::CurlTransport::Options{.proxy = oci::http::curl::ProxyConfigFrom(process.environment)}),
      hosts_(std::move(hosts)) {}

absl::StatusOr<std::unique_ptr<BridgeOutputs>> BridgeOutputs::Create() {
  const EnvironmentClient::Options process = EnvironmentClient::FromProcess();
  ABSL_ASSIGN_OR_RETURN(oci::registry::Client::Configure hosts, EnvironmentClient::Hosts(process));
  return std::unique_ptr<BridgeOutputs>(new BridgeOutputs(process, std::move(hosts)));
}

absl::StatusOr<std::unique_ptr<exporter::Output>> BridgeOutputs::Make(
    const exporter::bridge::solve::TakenExporter& exporter, const exporter::bridge::builds::ClientChannel& client) {
  switch (exporter.destination) {
    case Destination::kClientFile:
      return std::make_unique<exporter::bridge::ClientFileOutput>(NewArchive, client, exporter.index);
    case Destination::kClientLayout:
      return std::make_unique<exporter::bridge::ClientLayoutOutput>(client);
    case Destination::kRegistry:
      break;
  }
  return std::make_unique<ClientPush>(transport_, clock_, hosts_, client);
}

}  // namespace waybill::cli::commands
