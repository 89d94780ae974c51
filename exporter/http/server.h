// SPDX-License-Identifier: Apache-2.0
// The HTTP server: listens, keeps the connections and their number, and drains. HTTP itself is Boost.Beast's
// (docs/decisions/7-http-by-beast.md).
#ifndef WAYBILL_EXPORTER_HTTP_SERVER_H_
#define WAYBILL_EXPORTER_HTTP_SERVER_H_

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "exporter/http/connection.h"
#include "exporter/http/door.h"
#include "exporter/http/message.h"
#include "exporter/rpc/listen/address.h"
#include "oci/work/queue.h"

namespace waybill::exporter::http {

// Serves from Start until Drain. Not thread-safe.
class Server {
 public:
  struct Options {
    std::string name;  // of what is served, for errors
    std::vector<rpc::listen::Address> listen;
    std::string group;         // of sockets' files; "" for the process's own
    size_t connections = 256;  // for a further one, one that waits for a request is closed, or it is refused with 503
    int parallel = 16;         // answers that workers give at once
    size_t waiting = 64;       // requests that wait for a worker; further ones are refused with 503
    Limits limits = {};
  };

  // `handler` must outlive the server. Errors: those of ListeningSocket::Listen; those of the system.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const Options& options, Handler& handler);
  // Drain without patience, unless it was drained.
  ~Server();

  // In the order of Options::listen, with the ports that were chosen.
  std::vector<rpc::listen::Address> addresses() const;

  // Listens no more, closes connections that wait for a request, lets answers that are on their way be given for up to
  // `patience`, and breaks the others off. Returns when no connection is left and the thread has ended.
  void Drain(absl::Duration patience);

 private:
  Server(const Options& options, Handler& handler);
  void Admit(int family, bool is_loopback, oci::file::Fd socket);
  // False when every connection is busy.
  bool MakeRoom();
  void OnEnd(Connection* connection);
  bool IsEmpty() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return open_ == 0; }

  const Options options_;
  Handler& handler_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  oci::work::Queue queue_;
  std::vector<std::unique_ptr<Door>> doors_;
  std::list<std::shared_ptr<Connection>> connections_;  // on the thread alone; the oldest first
  absl::Mutex mutex_;
  size_t open_ ABSL_GUARDED_BY(mutex_) = 0;  // connections
  std::jthread thread_;
};

}  // namespace waybill::exporter::http

#endif  // WAYBILL_EXPORTER_HTTP_SERVER_H_
