// SPDX-License-Identifier: Apache-2.0
#include "exporter/http/server.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

#include "absl/synchronization/notification.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::http {
namespace {

// As much as fits into an empty socket's buffer, so that nobody waits for the client.
void RefuseNow(const oci::file::Fd& socket) {
  const Answer answer = ErrorAnswer(503, "too many connections; try again later");
  const std::string text =
      HeadText(answer, static_cast<int64_t>(answer.body.size()), /*chunked=*/false, /*close=*/true) + answer.body;
  // The connection closes in any case.
  (void)send(socket.number(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

Server::Server(const Options& options, Handler& handler)
    : options_(options),
      handler_(handler),
      queue_({.name = options.name,
              .parallel = options.parallel,
              .max_waiting = options.waiting,
              .kind = oci::work::Pool::Kind::kLong}) {}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Options& options, Handler& handler) {
  if (options.listen.empty()) return oci::InvalidInputError("no address to listen on");
  std::unique_ptr<Server> server;
  try {
    server.reset(new Server(options, handler));
  } catch (const boost::system::system_error& error) {
    const boost::system::error_code code = error.code();
    return oci::ErrnoError(code.value(), "epoll_create");
  }
  for (const rpc::listen::Address& address : options.listen) {
    ABSL_ASSIGN_OR_RETURN(std::unique_ptr<Door> door,
                          Door::Listen(server->io_, address, options.group,
                                       [self = server.get()](int family, bool is_loopback, oci::file::Fd socket) {
                                         self->Admit(family, is_loopback, std::move(socket));
                                       }));
    server->doors_.push_back(std::move(door));
  }
  for (const std::unique_ptr<Door>& door : server->doors_) door->Open();
  server->thread_ = std::jthread([self = server.get()] { self->io_.run(); });
  return server;
}

Server::~Server() { Drain(absl::ZeroDuration()); }

std::vector<rpc::listen::Address> Server::addresses() const {
  std::vector<rpc::listen::Address> addresses;
  for (const std::unique_ptr<Door>& door : doors_) addresses.push_back(door->address());
  return addresses;
}

bool Server::MakeRoom() {
  if (connections_.size() < options_.connections) return true;
  const auto idle = std::find_if(connections_.begin(), connections_.end(),
                                 [](const std::shared_ptr<Connection>& connection) { return connection->is_idle(); });
  if (idle == connections_.end()) return false;
  // Closing takes it off the list.
  const std::shared_ptr<Connection> kept = *idle;
  kept->Close();
  return true;
}

void Server::Admit(int family, bool is_loopback, oci::file::Fd socket) {
  if (!MakeRoom()) return RefuseNow(socket);
  const Connection::Surroundings surroundings{.io = io_,
                                              .handler = handler_,
                                              .queue = queue_,
                                              .limits = options_.limits,
                                              .on_end = [this](Connection* connection) { OnEnd(connection); }};
  const auto connection = std::make_shared<Connection>(surroundings, is_loopback);
  connections_.push_back(connection);
  {
    absl::MutexLock lock(&mutex_);
    ++open_;
  }
  if (!connection->Start(family, std::move(socket))) connection->Close();
}

void Server::OnEnd(Connection* connection) {
  connections_.remove_if([&](const std::shared_ptr<Connection>& one) { return one.get() == connection; });
  absl::MutexLock lock(&mutex_);
  --open_;
}

void Server::Drain(absl::Duration patience) {
  if (!thread_.joinable()) return;
  const auto each = [this](void (Connection::*call)()) {
    // Ending takes them off the list.
    const std::vector<std::shared_ptr<Connection>> all(connections_.begin(), connections_.end());
    for (const std::shared_ptr<Connection>& connection : all) (connection.get()->*call)();
  };
  absl::Notification is_shut;
  boost::asio::post(io_, [&] {
    for (const std::unique_ptr<Door>& door : doors_) door->Shut();
    each(&Connection::CloseSoon);
    is_shut.Notify();
  });
  is_shut.WaitForNotification();
  const auto wait = [this](absl::Duration most) {
    absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(absl::Condition(this, &Server::IsEmpty), most);
  };
  if (!wait(patience)) {
    boost::asio::post(io_, [&] { each(&Connection::Close); });
    wait(absl::InfiniteDuration());
  }
  work_.reset();
  thread_.join();
  doors_.clear();
}

}  // namespace waybill::exporter::http
