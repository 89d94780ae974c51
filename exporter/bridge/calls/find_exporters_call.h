// SPDX-License-Identifier: Apache-2.0
// FindExporters on its way to a client that adds exporters of its own to a build that waybill exports.
#ifndef WAYBILL_EXPORTER_BRIDGE_CALLS_FIND_EXPORTERS_CALL_H_
#define WAYBILL_EXPORTER_BRIDGE_CALLS_FIND_EXPORTERS_CALL_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <utility>

#include "exporter/bridge/builds/build.h"
#include "exporter/bridge/relay/relay_call.h"

namespace waybill::exporter::bridge::calls {

// Learns the build's metadata. Fails the build when an added exporter writes an image: it could not be told from those
// of the request, and would push past waybill.
class FindExportersCall : public relay::Interceptor {
 public:
  // Shared: see Builds.
  explicit FindExportersCall(std::shared_ptr<builds::Build> build) : build_(std::move(build)) {}

  grpc::Status Request(relay::RelayCall& call, grpc::ByteBuffer& message) override;
  bool Response(relay::RelayCall& call, grpc::ByteBuffer& message) override;
  bool End(relay::RelayCall& call, grpc::Status& status) override;

 private:
  const std::shared_ptr<builds::Build> build_;
  std::optional<grpc::Status> refusal_;
};

}  // namespace waybill::exporter::bridge::calls

#endif  // WAYBILL_EXPORTER_BRIDGE_CALLS_FIND_EXPORTERS_CALL_H_
