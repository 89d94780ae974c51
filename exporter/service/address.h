// SPDX-License-Identifier: Apache-2.0
// Addresses of the service, for those who listen and those who connect: "unix:///run/waybill.sock",
// "tcp://127.0.0.1:9000".
#ifndef WAYBILL_EXPORTER_SERVICE_ADDRESS_H_
#define WAYBILL_EXPORTER_SERVICE_ADDRESS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace waybill::exporter::service {

struct Address {
  enum class Kind { kUnix, kTcp };
  Kind kind = Kind::kUnix;
  std::string location;  // an absolute path, or "host:port"; a port may be 0 for listening

  // Errors: INVALID_ARGUMENT naming the text.
  static absl::StatusOr<Address> Parse(absl::string_view text);
  // What gRPC calls it: "unix:/run/waybill.sock", "127.0.0.1:9000".
  std::string GrpcTarget() const;
  std::string ToString() const;
};

// OK where a server can listen. Otherwise what stands in the way, as the operating system says it.
absl::Status CheckFree(const Address& address);

// Removes the socket file of a server that has gone. INVALID_ARGUMENT when there is something else at `path`, or when
// a server answers there.
absl::Status RemoveStaleSocket(const std::string& path);

}  // namespace waybill::exporter::service

#endif  // WAYBILL_EXPORTER_SERVICE_ADDRESS_H_
