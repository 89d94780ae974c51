// SPDX-License-Identifier: Apache-2.0
// An address at which the server accepts connections.
#ifndef WAYBILL_EXPORTER_HTTP_DOOR_H_
#define WAYBILL_EXPORTER_HTTP_DOOR_H_

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "exporter/rpc/listen/address.h"
#include "exporter/rpc/listen/listening_socket.h"
#include "oci/file/fd.h"

namespace waybill::exporter::http {

// Lives on the thread of its io_context, once it was opened. Goes on accepting after the process had no descriptors.
class Door {
 public:
  using Admit = std::function<void(int family, bool is_loopback, oci::file::Fd socket)>;
  // Errors: those of ListeningSocket::Listen; the system's.
  static absl::StatusOr<std::unique_ptr<Door>> Listen(boost::asio::io_context& io, const rpc::listen::Address& address,
                                                      const std::string& group, Admit admit);
  const rpc::listen::Address& address() const { return socket_.address(); }
  void Open() { Wait(); }
  // Accepts no more. The socket stays bound until this is destroyed.
  void Shut();

 private:
  Door(boost::asio::io_context& io, rpc::listen::ListeningSocket socket, Admit admit)
      : socket_(std::move(socket)), admit_(std::move(admit)), descriptor_(io), timer_(io) {}
  void Wait();
  void AcceptSome();

  rpc::listen::ListeningSocket socket_;
  const Admit admit_;
  boost::asio::posix::stream_descriptor descriptor_;
  boost::asio::steady_timer timer_;
};

}  // namespace waybill::exporter::http

#endif  // WAYBILL_EXPORTER_HTTP_DOOR_H_
