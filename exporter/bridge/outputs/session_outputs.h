// SPDX-License-Identifier: Apache-2.0
// The outputs of real builds: registries with the build client's credentials, and the client's own files.
#ifndef WAYBILL_EXPORTER_BRIDGE_OUTPUTS_SESSION_OUTPUTS_H_
#define WAYBILL_EXPORTER_BRIDGE_OUTPUTS_SESSION_OUTPUTS_H_

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "exporter/bridge/outputs/build_outputs.h"
#include "exporter/bridge/solve/rewriter.h"
#include "exporter/deliver.h"
#include "exporter/publishing/published_output.h"
#include "oci/clock.h"
#include "oci/http/transport.h"
#include "oci/registry/client.h"

namespace waybill::exporter::bridge::outputs {

// Shares connections between builds, and nothing else: credentials, tokens and what is learned about a registry belong
// to one output, so that they end with it and no user's push has another user's. Thread-safe.
class SessionOutputs final : public BuildOutputs {
 public:
  struct Deps {
    oci::http::Transport& transport;
    oci::Clock& clock;
    oci::registry::Client::Configure hosts;  // the bridge's configuration of registries; each build asks it anew
    publishing::PublishingDeps forms = {};   // the operator's keys, by the names that builds give
  };
  explicit SessionOutputs(Deps deps) : deps_(std::move(deps)) {}
  // NOT_FOUND for a key that the operator does not have.
  absl::Status Check(const solve::TakenExporter& exporter) override;
  absl::StatusOr<std::unique_ptr<Output>> Open(const solve::TakenExporter& exporter,
                                               const ClientChannel& client) override;

 private:
  const Deps deps_;
};

}  // namespace waybill::exporter::bridge::outputs

#endif  // WAYBILL_EXPORTER_BRIDGE_OUTPUTS_SESSION_OUTPUTS_H_
