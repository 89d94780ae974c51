// SPDX-License-Identifier: Apache-2.0
#include "oci/http/server/http_server.h"

#include <unistd.h>

#include <utility>

#include "oci/http/server/http_connection.h"
#include "oci/http/server/sleeper.h"
#include "oci/status_macros.h"

namespace waybill::oci::http::server {
namespace {

// Out of file descriptors, most likely: connections that end bring some back.
constexpr absl::Duration kAfterFailedAccept = absl::Milliseconds(50);

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const Options& options, Handler& handler) {
  ABSL_ASSIGN_OR_RETURN(auto listener, Listener::Open(options.listen));
  return std::unique_ptr<HttpServer>(new HttpServer(options, handler, std::move(listener)));
}

HttpServer::HttpServer(const Options& options, Handler& handler, std::unique_ptr<Listener> listener)
    : options_(options),
      handler_(handler),
      listener_(std::move(listener)),
      acceptor_([this](const std::stop_token& stop) { AcceptAll(stop); }) {}

HttpServer::~HttpServer() {
  acceptor_.request_stop();
  listener_->Interrupt();
  acceptor_.join();
  std::list<Connection> connections;
  {
    absl::MutexLock lock(&mutex_);
    connections.swap(connections_);
  }
  for (Connection& connection : connections) {
    connection.thread.request_stop();
    connection.socket->Interrupt();
  }
}

void HttpServer::AcceptAll(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const absl::StatusOr<int> fd = listener_->Accept();
    if (fd.ok()) {
      Add(*fd);
    } else {
      RealSleep(Context().WithStop(stop), kAfterFailedAccept);
    }
  }
}

void HttpServer::Add(int fd) {
  absl::MutexLock lock(&mutex_);
  connections_.remove_if([](const Connection& connection) { return connection.done.load(); });
  if (connections_.size() >= options_.max_connections) {
    close(fd);
    return;
  }
  const int64_t number = ++accepted_;
  Connection& connection = connections_.emplace_back(fd, options_.time_limit);
  connection.thread = std::jthread([this, &connection, number](const std::stop_token& stop) {
    ServeConnection(Context().WithStop(stop), *connection.socket, number, handler_);
    connection.socket->Close();
    connection.done = true;
  });
}

}  // namespace waybill::oci::http::server
