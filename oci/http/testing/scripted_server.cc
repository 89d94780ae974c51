// SPDX-License-Identifier: Apache-2.0
#include "oci/http/testing/scripted_server.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace waybill::oci::http::testing {
namespace {

// The first byte of a TLS record that opens a connection.
constexpr char kTlsHandshake = 0x16;

std::optional<ReceivedRequest> ParseHead(absl::string_view head) {
  const std::vector<std::string> lines = absl::StrSplit(head, "\r\n");
  const std::vector<std::string> words = absl::StrSplit(lines.front(), ' ');
  if (words.size() != 3) return std::nullopt;
  ReceivedRequest request{words[0], words[1], {}};
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::pair<std::string, std::string> field = absl::StrSplit(lines[i], absl::MaxSplits(':', 1));
    if (!field.first.empty()) request.headers.Add(field.first, absl::StripAsciiWhitespace(field.second));
  }
  return request;
}

}  // namespace

std::string Exchange::ReadBody(size_t limit) {
  std::string body = buffered_.substr(0, limit);
  buffered_.erase(0, body.size());
  char chunk[65536];
  while (body.size() < limit && socket_ >= 0) {
    const ssize_t n = ::recv(socket_, chunk, std::min(sizeof chunk, limit - body.size()), 0);
    if (n <= 0) break;
    body.append(chunk, n);
  }
  return body;
}

std::string Exchange::ReadBody() {
  size_t length = 0;
  if (!absl::SimpleAtoi(request.headers.Find("Content-Length").value_or("0"), &length)) length = 0;
  return ReadBody(length);
}

void Exchange::Write(absl::string_view bytes) {
  while (!bytes.empty() && socket_ >= 0) {
    const ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return Close(false);
    bytes.remove_prefix(n);
  }
}

void Exchange::Reply(int status, const Headers& headers, absl::string_view body) {
  std::string text = absl::StrCat("HTTP/1.1 ", status, " X\r\nContent-Length: ", body.size(), "\r\n");
  for (const auto& [name, value] : headers.fields()) absl::StrAppend(&text, name, ": ", value, "\r\n");
  absl::StrAppend(&text, "\r\n", request.method == "HEAD" ? "" : body);
  Write(text);
}

void Exchange::Close(bool reset) {
  if (socket_ < 0) return;
  if (reset) {
    const linger now{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);  // the close that follows sends a reset
  } else {
    ::shutdown(socket_, SHUT_RDWR);
  }
  socket_ = -1;
}

ScriptedServer::ScriptedServer(std::function<void(Exchange&)> handler)
    : handler_(std::move(handler)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([this] { Accept(); });
}

ScriptedServer::~ScriptedServer() {
  std::list<std::jthread> threads;
  {
    absl::MutexLock lock(&mu_);
    closing_ = true;
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  }
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    absl::MutexLock lock(&mu_);
    threads.swap(threads_);
  }
  threads.clear();
  ::close(listener_);
}

std::string ScriptedServer::url(absl::string_view path) const { return absl::StrCat("http://127.0.0.1:", port_, path); }

std::vector<ReceivedRequest> ScriptedServer::requests() const {
  absl::MutexLock lock(&mu_);
  return requests_;
}

int ScriptedServer::connections() const {
  absl::MutexLock lock(&mu_);
  return static_cast<int>(threads_.size());
}

void ScriptedServer::Accept() {
  while (true) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    absl::MutexLock lock(&mu_);
    if (closing_) {
      ::close(socket);
      return;
    }
    sockets_.push_back(socket);
    threads_.emplace_back([this, socket] { Serve(socket); });
  }
}

void ScriptedServer::Serve(int socket) {
  std::string buffered;
  for (bool open = true; open;) {
    size_t end;
    char chunk[65536];
    while ((end = buffered.find("\r\n\r\n")) == std::string::npos) {
      const ssize_t n = ::recv(socket, chunk, sizeof chunk, 0);
      if (n <= 0) break;
      buffered.append(chunk, n);
      if (buffered.front() == kTlsHandshake) {
        Exchange(socket, "").Reply(400, {{"Connection", "close"}}, "Client sent a TLS handshake to an HTTP server.");
        break;
      }
    }
    if (end == std::string::npos) break;
    std::optional<ReceivedRequest> request = ParseHead(absl::string_view(buffered).substr(0, end));
    if (!request.has_value()) break;
    Exchange exchange(socket, buffered.substr(end + 4));
    exchange.request = *request;
    {
      absl::MutexLock lock(&mu_);
      requests_.push_back(*std::move(request));
    }
    handler_(exchange);
    buffered = exchange.TakeBuffered();
    open = !exchange.closed();
  }
  absl::MutexLock lock(&mu_);
  std::erase(sockets_, socket);
  ::close(socket);
}

}  // namespace waybill::oci::http::testing
