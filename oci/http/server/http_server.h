// SPDX-License-Identifier: Apache-2.0
// The fake registry's server: accepts connections and serves each on a thread of its own.
#ifndef WAYBILL_OCI_HTTP_SERVER_HTTP_SERVER_H_
#define WAYBILL_OCI_HTTP_SERVER_HTTP_SERVER_H_

#include <atomic>
#include <list>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "oci/http/server/http_message.h"
#include "oci/http/server/socket.h"

namespace waybill::oci::http::server {

class HttpServer {
 public:
  struct Options {
    std::string listen = "127.0.0.1:0";
    absl::Duration time_limit = absl::Minutes(5);  // for one read or write of a connection, idle ones included
    size_t max_connections = 512;                  // further ones are closed at once
  };

  // `handler` must outlive the server.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const Options& options, Handler& handler);
  // Breaks off all connections and waits for their threads.
  ~HttpServer();

  // "127.0.0.1:41234"
  const std::string& address() const { return listener_->address(); }
  // Accepted so far.
  int64_t connections() const { return accepted_; }

 private:
  struct Connection {
    Connection(int fd, absl::Duration limit) : socket(std::make_unique<Socket>(fd, limit)) {}
    std::unique_ptr<Socket> socket;
    std::atomic<bool> done = false;
    std::jthread thread;
  };

  HttpServer(const Options& options, Handler& handler, std::unique_ptr<Listener> listener);
  void AcceptAll(const std::stop_token& stop);
  void Add(int fd);

  const Options options_;
  Handler& handler_;
  const std::unique_ptr<Listener> listener_;
  std::atomic<int64_t> accepted_ = 0;
  absl::Mutex mutex_;
  std::list<Connection> connections_ ABSL_GUARDED_BY(mutex_);
  std::jthread acceptor_;
};

}  // namespace waybill::oci::http::server

#endif  // WAYBILL_OCI_HTTP_SERVER_HTTP_SERVER_H_
