// SPDX-License-Identifier: Apache-2.0
// Addresses as BuildKit's daemon and clients write them, for those who listen and those who connect:
// "unix:///run/waybill.sock", "tcp://127.0.0.1:9000".
#ifndef WAYBILL_EXPORTER_RPC_LISTEN_ADDRESS_H_
#define WAYBILL_EXPORTER_RPC_LISTEN_ADDRESS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace waybill::exporter::rpc::listen {

struct Address {
  enum class Kind { kUnix, kTcp };
  Kind kind = Kind::kUnix;
  std::string location;  // an absolute path, or "host:port"; a port may be 0 for listening
  // A socket that listens there already, which whoever listens takes over (inherited_sockets.h).
  int inherited_fd = -1;

  // Errors: INVALID_ARGUMENT naming the text.
  static absl::StatusOr<Address> Parse(absl::string_view text);
  // What gRPC calls it: "unix:/run/waybill.sock", "127.0.0.1:9000".
  std::string GrpcTarget() const;
  std::string ToString() const;

  // Of tcp addresses: "::1" and "9000" of "[::1]:9000".
  std::string Host() const;
  std::string Port() const;
  Address WithPort(int port) const;
  // Whether only this machine can connect, as far as the text tells: sockets, "localhost", 127.0.0.0/8 and ::1.
  bool IsLocal() const;
};

}  // namespace waybill::exporter::rpc::listen

#endif  // WAYBILL_EXPORTER_RPC_LISTEN_ADDRESS_H_
