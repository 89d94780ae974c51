// SPDX-License-Identifier: Apache-2.0
// The lease that a call names, as containerd's clients do.
#ifndef WAYBILL_EXPORTER_SERVICE_CONTENT_LEASE_OF_CALL_H_
#define WAYBILL_EXPORTER_SERVICE_CONTENT_LEASE_OF_CALL_H_

#include <string>

#include "grpcpp/server_context.h"

namespace waybill::exporter::service::content {

// The value of the metadata "containerd-lease"; "" when there is none.
inline std::string LeaseOf(const grpc::CallbackServerContext& call) {
  const auto lease = call.client_metadata().find("containerd-lease");
  return lease == call.client_metadata().end() ? "" : std::string(lease->second.data(), lease->second.size());
}

}  // namespace waybill::exporter::service::content

#endif  // WAYBILL_EXPORTER_SERVICE_CONTENT_LEASE_OF_CALL_H_
