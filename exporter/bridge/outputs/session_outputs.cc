// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/outputs/session_outputs.h"

#include "exporter/bridge/outputs/client_file_output.h"
#include "exporter/bridge/outputs/client_layout_output.h"
#include "exporter/bridge/remote/session_credentials.h"
#include "exporter/output/registry_output.h"
#include "oci/status_macros.h"

namespace waybill::exporter::bridge::outputs {
namespace {

using solve::TakenKind;

// A push for one build: the client's credentials, and with them its tokens, end with it.
class ClientPush final : public Output {
 public:
  ClientPush(const SessionOutputs::Deps& deps, const ClientChannel& client)
      : credentials_(client, deps.clock),
        registries_({.transport = deps.transport, .credentials = credentials_, .clock = deps.clock},
                    {.configure = deps.hosts}),
        output_(registries_) {}

  absl::StatusOr<answers::Delivery> Deliver(const oci::Context& context, const Image& image,
                                            const request::ExportOptions& options) override {
    return output_.Deliver(context, image, options);
  }

 private:
  remote::SessionCredentials credentials_;
  oci::registry::Client registries_;
  output::RegistryOutput output_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Output>> SessionOutputs::Open(const solve::TakenExporter& exporter,
                                                             const ClientChannel& client) {
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<Output> output, OpenPlain(exporter, client));
  return publishing::WithPublishing(std::move(output), exporter.options, deps_.forms);
}

absl::StatusOr<std::unique_ptr<Output>> SessionOutputs::OpenPlain(const solve::TakenExporter& exporter,
                                                                  const ClientChannel& client) const {
  switch (exporter.kind) {
    case TakenKind::kClientFile:
      return std::make_unique<ClientFileOutput>(client, exporter.index);
    case TakenKind::kClientLayout:
      return std::make_unique<ClientLayoutOutput>(client);
    case TakenKind::kRegistry:
      break;
  }
  return std::make_unique<ClientPush>(deps_, client);
}

}  // namespace waybill::exporter::bridge::outputs
