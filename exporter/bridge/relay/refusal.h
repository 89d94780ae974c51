// SPDX-License-Identifier: Apache-2.0
// The reactor of a call that ends at once.
#ifndef WAYBILL_EXPORTER_BRIDGE_RELAY_REFUSAL_H_
#define WAYBILL_EXPORTER_BRIDGE_RELAY_REFUSAL_H_

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"

namespace waybill::exporter::bridge::relay {

// Ends its call with the status; owns itself.
class Refusal : public grpc::ServerGenericBidiReactor {
 public:
  explicit Refusal(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

// Code and message; the reason of an error of ours stays in the message's words.
inline grpc::Status ToGrpc(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()));
}

}  // namespace waybill::exporter::bridge::relay

#endif  // WAYBILL_EXPORTER_BRIDGE_RELAY_REFUSAL_H_
