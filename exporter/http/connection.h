// SPDX-License-Identifier: Apache-2.0
// One client's connection: heads are read by the server's thread, answers are given there or by workers.
#ifndef WAYBILL_EXPORTER_HTTP_CONNECTION_H_
#define WAYBILL_EXPORTER_HTTP_CONNECTION_H_

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "exporter/http/message.h"
#include "oci/file/fd.h"
#include "oci/work/queue.h"

namespace waybill::exporter::http {

// What one client may take.
struct Limits {
  uint32_t head_bytes = 16 << 10;
  absl::Duration head = absl::Seconds(30);     // from the answer before to the end of the next head
  absl::Duration write = absl::Seconds(30);    // for each 64 KiB of an answer
  absl::Duration answer = absl::Minutes(10);   // in all
  absl::Duration farewell = absl::Seconds(2);  // for a client to read why it was refused
};

// Lives on the server's thread, which alone calls it but for SendFromWorker.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  // These must outlive it.
  struct Surroundings {
    boost::asio::io_context& io;
    Handler& handler;
    oci::work::Queue& queue;
    const Limits& limits;
    std::function<void(Connection*)> on_end;  // called once, when it is closed and no worker has it any more
  };
  using Buffers = std::array<boost::asio::const_buffer, 3>;

  Connection(const Surroundings& surroundings, bool is_loopback)
      : around_(surroundings), stream_(surroundings.io), is_loopback_(is_loopback) {}
  // Takes the accepted socket and reads the first request. False when it cannot be used.
  bool Start(int family, oci::file::Fd socket);
  // Whether nothing but the client keeps it open.
  bool is_idle() const { return !is_busy_; }
  // Closes at once; a worker's next write fails, and its context is stopped.
  void Close();
  // Closes when the answer that is on its way, if any, was given.
  void CloseSoon();

  // Called by the worker; blocks until the bytes are with the kernel. UNAVAILABLE when they cannot be.
  absl::Status SendFromWorker(const Buffers& buffers);

 private:
  using Stream = boost::beast::basic_stream<boost::asio::generic::stream_protocol>;
  using Parser = boost::beast::http::request_parser<boost::beast::http::empty_body>;

  void ReadHead();
  void OnHead(const boost::beast::error_code& error);
  Request TakeRequest() const;
  void GiveToWorker(Work work);
  void WatchClient();
  // Sends the answer from this thread.
  void SendHere(const Answer& answer, bool keep);
  void Refuse(int status, absl::string_view message);
  void Finish(bool keep);
  void Farewell();
  void Discard();
  void End();

  const Surroundings around_;
  Stream stream_;
  const bool is_loopback_;
  boost::beast::flat_buffer buffer_{64 << 10};
  std::optional<Parser> parser_;
  std::string out_;  // what SendHere sends
  std::stop_source stop_;
  uint64_t served_ = 0;  // requests
  size_t discarded_ = 0;
  bool is_busy_ = false;  // a worker has it
  bool is_last_ = false;  // no further request
  bool has_ended_ = false;
};

}  // namespace waybill::exporter::http

#endif  // WAYBILL_EXPORTER_HTTP_CONNECTION_H_
