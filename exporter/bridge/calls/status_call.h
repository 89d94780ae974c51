// SPDX-License-Identifier: Apache-2.0
// Control.Status on its way through: the daemon's rows, and those of waybill's exports.
#ifndef WAYBILL_EXPORTER_BRIDGE_CALLS_STATUS_CALL_H_
#define WAYBILL_EXPORTER_BRIDGE_CALLS_STATUS_CALL_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "exporter/bridge/builds/builds.h"
#include "exporter/bridge/relay/relay_call.h"

namespace waybill::exporter::bridge::calls {

class StatusCall : public relay::Interceptor {
 public:
  explicit StatusCall(builds::Builds& builds) : builds_(builds) {}
  ~StatusCall() override;

  grpc::Status Request(relay::RelayCall& call, grpc::ByteBuffer& message) override;
  bool Response(relay::RelayCall& call, grpc::ByteBuffer& message) override;
  bool End(relay::RelayCall& call, grpc::Status& status) override;

 private:
  builds::Builds& builds_;
  std::string ref_;
  relay::RelayCall* call_ = nullptr;      // once attached
  std::shared_ptr<builds::Build> build_;  // shared: see Builds
};

}  // namespace waybill::exporter::bridge::calls

#endif  // WAYBILL_EXPORTER_BRIDGE_CALLS_STATUS_CALL_H_
