// SPDX-License-Identifier: Apache-2.0
// Who may connect to a socket's file, by what the kernel knows of the client's process. Beside the file's mode, for
// groups that have more members than those who may use the service.
#ifndef WAYBILL_EXPORTER_RPC_LISTEN_ALLOWED_PEERS_H_
#define WAYBILL_EXPORTER_RPC_LISTEN_ALLOWED_PEERS_H_

#include <sys/types.h>

#include <optional>
#include <vector>

namespace waybill::exporter::rpc::listen {

// The user of the process at the other end of a connected unix socket, when it connected.
std::optional<uid_t> UserAt(int socket);

struct AllowedPeers {
  std::vector<uid_t> users;
  std::vector<gid_t> groups;  // the client's own group, or one of its supplementary ones

  // Whether the client at the other end of a connected unix socket is one of these. Anybody is when there are none.
  // A client whose credentials cannot be read is not. They are those of the process when it connected (SO_PEERCRED,
  // SO_PEERGROUPS).
  bool Allow(int socket) const;
};

}  // namespace waybill::exporter::rpc::listen

#endif  // WAYBILL_EXPORTER_RPC_LISTEN_ALLOWED_PEERS_H_
