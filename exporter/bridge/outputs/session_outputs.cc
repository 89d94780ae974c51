// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/outputs/session_outputs.h"

#include "exporter/bridge/outputs/client_file_output.h"
#include "exporter/bridge/outputs/client_layout_output.h"
#include "exporter/bridge/remote/session_credentials.h"
#include "exporter/output/registry_output.h"

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

  oci::registry::Client& registries() { return registries_; }

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

absl::Status SessionOutputs::Check(const solve::TakenExporter& exporter) {
  return publishing::CheckKey(exporter.options, deps_.forms.keys);
}

absl::StatusOr<std::unique_ptr<Output>> SessionOutputs::Open(const solve::TakenExporter& exporter,
                                                             const ClientChannel& client) {
  std::unique_ptr<Output> output;
  publishing::PublishingDeps deps = deps_.forms;
  switch (exporter.kind) {
    case TakenKind::kClientFile:
      output = std::make_unique<ClientFileOutput>(client, exporter.index);
      break;
    case TakenKind::kClientLayout:
      output = std::make_unique<ClientLayoutOutput>(client);
      break;
    case TakenKind::kRegistry: {
      auto push = std::make_unique<ClientPush>(deps_, client);
      deps.registries = &push->registries();
      output = std::move(push);
      break;
    }
  }
  return publishing::WithPublishing(std::move(output), exporter.options, deps);
}

}  // namespace waybill::exporter::bridge::outputs
