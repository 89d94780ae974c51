// SPDX-License-Identifier: Apache-2.0
// Addresses as BuildKit's clients write them: unix:///path, tcp://host:port.
#ifndef WAYBILL_EXPORTER_BRIDGE_RELAY_ENDPOINT_H_
#define WAYBILL_EXPORTER_BRIDGE_RELAY_ENDPOINT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace waybill::exporter::bridge::relay {

struct Endpoint {
  std::string grpc_target;  // as gRPC dials and listens: "unix:/run/x.sock", "localhost:1234"
  std::string unix_path;    // empty for tcp

  // INVALID_ARGUMENT naming the text for any other scheme, a relative path or a missing port.
  static absl::StatusOr<Endpoint> Parse(absl::string_view text);
  // As Parse takes it, with the port that a listener got.
  std::string WithPort(int port) const;
};

}  // namespace waybill::exporter::bridge::relay

#endif  // WAYBILL_EXPORTER_BRIDGE_RELAY_ENDPOINT_H_
