// SPDX-License-Identifier: Apache-2.0
// TCP sockets of the fake registry's server: blocking, with time limits.
#ifndef WAYBILL_OCI_HTTP_SERVER_SOCKET_H_
#define WAYBILL_OCI_HTTP_SERVER_SOCKET_H_

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "oci/io/stream.h"

namespace waybill::oci::http::server {

// A connected stream. One thread reads and writes; Interrupt may be called from any other.
class Socket : public io::Reader {
 public:
  // Takes over the descriptor. Reads and writes that take longer than `limit` fail.
  Socket(int fd, absl::Duration limit);
  ~Socket() override;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override;
  absl::Status Write(absl::string_view bytes);

  // Ends reads and writes in progress and all later ones.
  void Interrupt();
  // Called by the thread that reads and writes, last.
  void Close();
  // Closing the socket then resets the connection instead of ending it in order.
  void ResetOnClose();
  // Ends our side, then throws away what the peer still sends for at most `limit`: a reply sent before the request was
  // read would be lost otherwise.
  void LingerAfterReply(absl::Duration limit);

 private:
  const int fd_;
  absl::Mutex mutex_;  // between Close and Interrupt
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

class Listener {
 public:
  // "127.0.0.1:5000", "[::1]:0"; port 0 takes a free one.
  static absl::StatusOr<std::unique_ptr<Listener>> Open(absl::string_view address);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // The next connection's descriptor. Fails after Interrupt.
  absl::StatusOr<int> Accept();
  void Interrupt();
  // With the real port.
  const std::string& address() const { return address_; }

 private:
  Listener(int fd, std::string address) : fd_(fd), address_(std::move(address)) {}
  int fd_;
  std::string address_;
};

}  // namespace waybill::oci::http::server

#endif  // WAYBILL_OCI_HTTP_SERVER_SOCKET_H_
