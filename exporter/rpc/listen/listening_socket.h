// SPDX-License-Identifier: Apache-2.0
// A place where clients connect: bound and listening, its file guarded.
#ifndef WAYBILL_EXPORTER_RPC_LISTEN_LISTENING_SOCKET_H_
#define WAYBILL_EXPORTER_RPC_LISTEN_LISTENING_SOCKET_H_

#include <sys/types.h>

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "exporter/rpc/listen/address.h"
#include "oci/file/fd.h"

namespace waybill::exporter::rpc::listen {

// Closes itself when dropped, and removes its file unless that has become another's or belongs to whoever handed the
// socket down.
class ListeningSocket {
 public:
  // A socket's file gets mode 0660 and the `group` (a name or a number; "" leaves the process's own), and replaces one
  // that a server left behind, never one that answers. Of a host's name the first address is taken, of IPv4 where it
  // has one. Of an address with an inherited socket, that socket is taken over, as it is. Errors: INVALID_ARGUMENT when
  // there is something else at the path, a server answers there or there is no such group; NETWORK with the operating
  // system's word for what stands in the way.
  static absl::StatusOr<ListeningSocket> Listen(const Address& address, const std::string& group);
  ListeningSocket(ListeningSocket&&) = default;
  ~ListeningSocket();

  // With the port that was chosen.
  const Address& address() const { return address_; }
  // Does not block.
  const oci::file::Fd& fd() const { return fd_; }

 private:
  explicit ListeningSocket(Address address) : address_(std::move(address)) {}
  absl::Status ListenOnFile(const std::string& group);
  absl::Status ListenOnHost();
  absl::Status TakeOver();

  Address address_;
  oci::file::Fd fd_;
  dev_t device_ = 0;  // of the socket's file
  ino_t inode_ = 0;
};

}  // namespace waybill::exporter::rpc::listen

#endif  // WAYBILL_EXPORTER_RPC_LISTEN_LISTENING_SOCKET_H_
