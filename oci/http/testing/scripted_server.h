// SPDX-License-Identifier: Apache-2.0
// A server on a loopback port that answers each request with the bytes a test writes: for the faults that no
// well-behaved server produces.
#ifndef WAYBILL_OCI_HTTP_TESTING_SCRIPTED_SERVER_H_
#define WAYBILL_OCI_HTTP_TESTING_SCRIPTED_SERVER_H_

#include <functional>
#include <list>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "oci/http/headers.h"

namespace waybill::oci::http::testing {

struct ReceivedRequest {
  std::string method;
  std::string target;
  Headers headers;
};

// One request being answered. Calls block until done or the peer is gone.
class Exchange {
 public:
  Exchange(int socket, std::string buffered) : socket_(socket), buffered_(std::move(buffered)) {}

  ReceivedRequest request;
  // Reads up to `limit` body bytes; fewer when the peer closes.
  std::string ReadBody(size_t limit);
  // ReadBody of the whole Content-Length.
  std::string ReadBody();
  void Write(absl::string_view bytes);
  // "HTTP/1.1 <status> X\r\n" with the fields, a Content-Length and the body.
  void Reply(int status, const Headers& headers, absl::string_view body);
  // Ends the connection, with a reset instead of an orderly close when `reset`.
  void Close(bool reset);
  bool closed() const { return socket_ < 0; }
  // Bytes that arrived behind this request.
  std::string TakeBuffered() { return std::move(buffered_); }

 private:
  int socket_;
  std::string buffered_;
};

// The handler runs on a thread per connection. The destructor closes everything and joins.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::function<void(Exchange&)> handler);
  ~ScriptedServer();

  int port() const { return port_; }
  std::string url(absl::string_view path) const;
  std::vector<ReceivedRequest> requests() const;
  int connections() const;

 private:
  void Accept();
  void Serve(int socket);

  std::function<void(Exchange&)> handler_;
  int listener_;
  int port_ = 0;
  mutable absl::Mutex mu_;
  std::vector<int> sockets_ ABSL_GUARDED_BY(mu_);
  std::vector<ReceivedRequest> requests_ ABSL_GUARDED_BY(mu_);
  std::list<std::jthread> threads_ ABSL_GUARDED_BY(mu_);
  bool closing_ ABSL_GUARDED_BY(mu_) = false;
  std::jthread acceptor_;
};

}  // namespace waybill::oci::http::testing

#endif  // WAYBILL_OCI_HTTP_TESTING_SCRIPTED_SERVER_H_
