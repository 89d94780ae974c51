// SPDX-License-Identifier: Apache-2.0
// What a gRPC server listens on. gRPC's own listener never accepts again once the process ran out of file descriptors
// (https://github.com/grpc/grpc/issues/20418); this one goes on when some are free.
#ifndef WAYBILL_EXPORTER_RPC_LISTEN_LISTENER_H_
#define WAYBILL_EXPORTER_RPC_LISTEN_LISTENER_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "exporter/rpc/listen/address.h"
#include "exporter/rpc/listen/listening_socket.h"
#include "oci/file/fd.h"

namespace waybill::exporter::rpc::listen {

// Listens from Create on, and hands connections to the server from Start to Stop. Not thread-safe.
class Listener {
 public:
  struct Options {
    std::vector<Address> addresses;
    std::string group;                                         // of sockets' files; "" for the process's own
    std::shared_ptr<grpc::ServerCredentials> tcp_credentials;  // gRPC's own handle; sockets' files have a mode
  };
  // Before the server is built. Errors: those of ListeningSocket::Listen.
  static absl::StatusOr<std::unique_ptr<Listener>> Create(const Options& options, grpc::ServerBuilder& builder);
  ~Listener() { Stop(); }

  // In the order of Options::addresses, with the ports that were chosen.
  std::vector<Address> addresses() const;
  // Once the server runs.
  void Start();
  // Closes the sockets and removes their files; connections stay. Before the server shuts down.
  void Stop();

 private:
  using Acceptor = grpc::experimental::ExternalConnectionAcceptor;

  explicit Listener(oci::file::Fd end) : end_(std::move(end)) {}
  void Accept();
  // False when descriptors or memory are exhausted.
  bool AcceptOne(const ListeningSocket& socket);

  std::unique_ptr<Acceptor> unix_acceptor_;
  std::unique_ptr<Acceptor> tcp_acceptor_;
  std::vector<ListeningSocket> sockets_;
  const oci::file::Fd end_;  // readable when the thread is to end
  std::jthread thread_;
};

}  // namespace waybill::exporter::rpc::listen

#endif  // WAYBILL_EXPORTER_RPC_LISTEN_LISTENER_H_
