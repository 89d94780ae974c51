// SPDX-License-Identifier: Apache-2.0
// What a gRPC server listens on. gRPC's own listener never accepts again once the process ran out of file descriptors
// (https://github.com/grpc/grpc/issues/20418); this one goes on when some are free.
#ifndef WAYBILL_EXPORTER_RPC_LISTEN_LISTENER_H_
#define WAYBILL_EXPORTER_RPC_LISTEN_LISTENER_H_

#include <grpcpp/grpcpp.h>
#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <map>
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
// each IP address belongs to one of the others that there are when it starts. gRPC does not tell who is at the other
// end of a socket's file, so that each user may have a server too.
class Listener {
 public:
  struct Options {
    std::vector<Address> addresses;
    std::string group;                                         // of sockets' files; "" for the process's own
    std::shared_ptr<grpc::ServerCredentials> tcp_credentials;  // gRPC's own handle; sockets' files have a mode
    AllowedPeers allowed = {};                                 // of sockets' files; the connections of others close
    // Makes one more server, and Attaches it, for a user whose process connects to a socket's file for the first time.
    // Called on the listener's thread. Null, or when it fails: the first server is for all of them.
    std::function<absl::Status(uid_t user)> serve_user = nullptr;
  };
  // Errors: those of ListeningSocket::Listen.
  static absl::StatusOr<std::unique_ptr<Listener>> Create(const Options& options);
  ~Listener() { Stop(); }

  // As many users have servers of their own; the first server is for the others.
  static constexpr size_t kMaxUsers = 32;

  // One more server, which is not built yet. Before Start, one at least, and in Options::serve_user.
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
      : tcp_credentials_(options.tcp_credentials),
        allowed_(options.allowed),
        serve_user_(options.serve_user),
        end_(std::move(end)) {}
  void Accept();
  // False when descriptors or memory are exhausted.
  bool AcceptOne(const ListeningSocket& socket);
  // The server for the user at the other end of a unix socket.
  size_t ServerOfUser(int socket);

  const std::shared_ptr<grpc::ServerCredentials> tcp_credentials_;  // gRPC's own handle
  const AllowedPeers allowed_;
  const std::function<absl::Status(uid_t user)> serve_user_;
  std::vector<Acceptors> servers_;  // while it listens, for its thread alone
  size_t first_servers_ = 0;        // those from before Start
  std::map<uid_t, size_t> user_servers_;
  std::vector<ListeningSocket> sockets_;
  const oci::file::Fd end_;  // readable when the thread is to end
  std::jthread thread_;
};

}  // namespace waybill::exporter::rpc::listen

#endif  // WAYBILL_EXPORTER_RPC_LISTEN_LISTENER_H_
