// SPDX-License-Identifier: Apache-2.0
// Who may talk to whom: TLS for tcp addresses, with client certificates where an authority for them is named. Unix
// sockets are guarded by their file mode.
#ifndef WAYBILL_EXPORTER_RPC_LISTEN_TLS_H_
#define WAYBILL_EXPORTER_RPC_LISTEN_TLS_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "exporter/rpc/listen/address.h"

namespace waybill::exporter::rpc::listen {

// Paths of PEM files; empty where there is none.
struct TlsFiles {
  std::string certificate;  // our own, with its chain
  std::string key;
  std::string authority;    // whose certificates the other side must have
  std::string server_name;  // dialling: the name to expect in place of the address's

  bool empty() const { return certificate.empty() && key.empty() && authority.empty() && server_name.empty(); }
};

// Encryption that somebody asked for and would not get is an error: INVALID_ARGUMENT where `files` are named and no
// address is tcp. `options` is what the options begin with that name the files.
absl::Status CheckTls(const TlsFiles& files, const std::vector<Address>& addresses, absl::string_view options);

// For listening: plain without a certificate; with an authority only clients that have a certificate of it may call.
// Files that are replaced later count for new connections, within ten seconds: replace them whole, key and certificate
// one right after the other. Errors: INVALID_ARGUMENT for half a pair or an authority without a pair; those of reading
// a file, naming it.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ListenerCredentials(const TlsFiles& files);
// For dialling: plain when nothing is named; without an authority the system's are trusted. Errors as above.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> DialCredentials(const TlsFiles& files);

}  // namespace waybill::exporter::rpc::listen

#endif  // WAYBILL_EXPORTER_RPC_LISTEN_TLS_H_
