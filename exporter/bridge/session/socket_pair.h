// SPDX-License-Identifier: Apache-2.0
// The two ends of a connection inside this process.
#ifndef WAYBILL_EXPORTER_BRIDGE_SESSION_SOCKET_PAIR_H_
#define WAYBILL_EXPORTER_BRIDGE_SESSION_SOCKET_PAIR_H_

#include "absl/status/statusor.h"
#include "oci/file/fd.h"

namespace waybill::exporter::bridge::session {

// Non-blocking stream sockets: one end for gRPC, the other for us, with a second descriptor for its second direction.
struct SocketPair {
  oci::file::Fd grpc_end;
  oci::file::Fd our_end;
  oci::file::Fd our_twin;

  static absl::StatusOr<SocketPair> Make();
};

}  // namespace waybill::exporter::bridge::session

#endif  // WAYBILL_EXPORTER_BRIDGE_SESSION_SOCKET_PAIR_H_
