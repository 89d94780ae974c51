// SPDX-License-Identifier: Apache-2.0
// What a gRPC server listens on. gRPC's own listener never accepts again once the process ran out of file descriptors
// (https://github.com/grpc/grpc/issues/20418); this one goes on when some are free.
#ifndef WAYBILL_EXPORTER_RPC_LISTEN_LISTENER_H_
#define WAYBILL_EXPORTER_RPC_LISTEN_LISTENER_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "exporter/rpc/listen/address.h"
#include "exporter/rpc/listen/allowed_peers.h"
#include "exporter/rpc/listen/listening_socket.h"
#include "oci/file/fd.h"

namespace waybill::exporter::rpc::listen {

// Listens from Create on, and hands connections to the servers from Start to Stop. Not thread-safe.
//
// gRPC limits the buffers of a server, and ends calls of anybody when they are full (limits.h). So that clients who
// fill them end their own calls only, there may be several servers: the first is for clients of sockets' files, and
// each IP address belongs to one of the others.
class Listener {
 public:
  struct Options {
    std::vector<Address> addresses;
    std::string group;                                         // of sockets' files; "" for the process's own
    std::shared_ptr<grpc::ServerCredentials> tcp_credentials;  // gRPC's own handle; sockets' files have a mode
    AllowedPeers allowed = {};                                 // of sockets' files; the connections of others close
  };
  // Errors: those of ListeningSocket::Listen.
  static absl::StatusOr<std::unique_ptr<Listener>> Create(const Options& options);
  ~Listener() { Stop(); }

  // One more server, which is not built yet. All before Start; one at least.
  void Attach(grpc::ServerBuilder& builder);

  // In the order of Options::addresses, with the ports that were chosen.
  std::vector<Address> addresses() const;
  // Once the servers run.
  void Start();
  // Closes the sockets and removes their files; connections stay. Before the servers shut down.
  void Stop();

 private:
  using Acceptor = grpc::experimental::ExternalConnectionAcceptor;

  // A server's ways in.
  struct Acceptors {
    std::unique_ptr<Acceptor> unix_sockets;
    std::unique_ptr<Acceptor> tcp;
  };

  Listener(const Options& options, oci::file::Fd end)
      : tcp_credentials_(options.tcp_credentials), allowed_(options.allowed), end_(std::move(end)) {}
  void Accept();
  // False when descriptors or memory are exhausted.
  bool AcceptOne(const ListeningSocket& socket);

  const std::shared_ptr<grpc::ServerCredentials> tcp_credentials_;  // gRPC's own handle
  const AllowedPeers allowed_;
  std::vector<Acceptors> servers_;
  std::vector<ListeningSocket> sockets_;
  const oci::file::Fd end_;  // readable when the thread is to end
  std::jthread thread_;
};

}  // namespace waybill::exporter::rpc::listen

#endif  // WAYBILL_EXPORTER_RPC_LISTEN_LISTENER_H_
