// SPDX-License-Identifier: Apache-2.0
#include "oci/http/server/http_connection.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <limits>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "oci/error.h"
#include "oci/http/server/sleeper.h"
#include "oci/io/string.h"
#include "oci/status_macros.h"

namespace waybill::oci::http::server {
namespace {

namespace http = boost::beast::http;

constexpr int64_t kDrainBytes = 256 << 10;
constexpr absl::Duration kLinger = absl::Milliseconds(500);
constexpr uint32_t kMaxHeaderBytes = 64 << 10;

// One request being read: the head first, the body as the handler asks for it.
class Incoming : public io::Reader {
 public:
  // `pending`: bytes received and not parsed yet; what belongs to the next request is left in it.
  Incoming(Socket& socket, std::string& pending) : socket_(socket), pending_(pending) {
    parser_.header_limit(kMaxHeaderBytes);
    parser_.body_limit(std::numeric_limits<uint64_t>::max());
  }

  absl::Status ReadHead() {
    while (!parser_.is_header_done()) ABSL_RETURN_IF_ERROR(Advance());
    expects_continue_ = absl::EqualsIgnoreCase(HeaderValue(http::field::expect), "100-continue");
    return absl::OkStatus();
  }

  Request ToRequest(int64_t connection) const {
    Request request;
    const auto& head = parser_.get();
    request.method = std::string(head.method_string());
    request.target = std::string(head.target());
    for (const auto& field : head) {
      request.headers.emplace_back(absl::AsciiStrToLower(std::string(field.name_string())), std::string(field.value()));
    }
    if (const auto length = parser_.content_length()) request.content_length = static_cast<int64_t>(*length);
    request.connection = connection;
    SplitTarget(request);
    return request;
  }

  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    if (parser_.is_done()) return size_t{0};
    if (expects_continue_) {
      expects_continue_ = false;
      ABSL_RETURN_IF_ERROR(socket_.Write("HTTP/1.1 100 Continue\r\n\r\n"));
    }
    auto& body = parser_.get().body();
    body.data = buffer.data();
    body.size = buffer.size();
    body.more = true;
    while (!parser_.is_done() && body.size == buffer.size()) ABSL_RETURN_IF_ERROR(Advance());
    return buffer.size() - body.size;
  }

  // Reads the rest of a body that is short. False when the connection cannot be used any more.
  bool Drain() {
    if (parser_.is_done()) return true;
    const auto rest = parser_.content_length_remaining();
    if (expects_continue_ || !rest || *rest > kDrainBytes) return false;
    std::vector<char> ignored(static_cast<size_t>(kDrainBytes));
    while (!parser_.is_done()) {
      const absl::StatusOr<size_t> got = Read(absl::MakeSpan(ignored));
      if (!got.ok()) return false;
    }
    return true;
  }

  bool keep_alive() const { return parser_.get().keep_alive(); }

 private:
  absl::string_view HeaderValue(http::field name) const {
    const auto value = parser_.get()[name];
    return absl::string_view(value.data(), value.size());
  }

  // Parses what is pending; receives more when that does not bring the request further.
  absl::Status Advance() {
    boost::beast::error_code error;
    const size_t used = parser_.put(boost::asio::buffer(pending_.data(), pending_.size()), error);
    pending_.erase(0, used);
    if (error == http::error::need_buffer) return absl::OkStatus();
    if (error && error != http::error::need_more) return InvalidInputError(absl::StrCat("HTTP: ", error.message()));
    if (used > 0 && !error) return absl::OkStatus();
    return Receive();
  }

  absl::Status Receive() {
    const size_t before = pending_.size();
    pending_.resize(before + (64 << 10));
    const absl::StatusOr<size_t> got = socket_.Read(absl::MakeSpan(pending_).subspan(before));
    pending_.resize(before + (got.ok() ? *got : 0));
    ABSL_RETURN_IF_ERROR(got.status());
    return *got > 0 ? absl::OkStatus() : MakeError(Reason::kNetwork, "the client closed the connection");
  }

  Socket& socket_;
  std::string& pending_;
  http::request_parser<http::buffer_body> parser_;
  bool expects_continue_ = false;
};

std::string HeadOf(const Response& response, int64_t length, bool close) {
  const auto reason = http::obsolete_reason(static_cast<http::status>(response.status));
  std::string head = absl::StrCat("HTTP/1.1 ", response.status, " ", std::string(reason), "\r\n");
  for (const auto& [name, value] : response.headers) absl::StrAppend(&head, name, ": ", value, "\r\n");
  if (response.status != 204 && response.status != 304) absl::StrAppend(&head, "Content-Length: ", length, "\r\n");
  if (close) absl::StrAppend(&head, "Connection: close\r\n");
  return absl::StrCat(head, "\r\n");
}

absl::Status SendBody(const Context& context, const Response& response, int64_t length, Socket& socket) {
  const int64_t limit =
      std::min({length, response.truncate_after.value_or(length), response.stall_after.value_or(length)});
  std::unique_ptr<io::Reader> reader;
  if (response.content) {
    ABSL_ASSIGN_OR_RETURN(reader, response.content->Open(context, response.content_first));
  } else {
    reader = std::make_unique<io::StringReader>(response.body);
  }
  std::vector<char> buffer(static_cast<size_t>(std::min<int64_t>(limit, io::kCopyBufferBytes)));
  for (int64_t sent = 0; sent < limit;) {
    const size_t want = static_cast<size_t>(std::min<int64_t>(limit - sent, static_cast<int64_t>(buffer.size())));
    ABSL_ASSIGN_OR_RETURN(const size_t got, reader->Read(absl::MakeSpan(buffer).subspan(0, want)));
    if (got == 0) return MakeError(Reason::kInternal, "the blob is shorter than its size");
    if (sent == 0 && response.corrupt) buffer[0] = static_cast<char>(buffer[0] ^ 1);
    ABSL_RETURN_IF_ERROR(socket.Write(absl::string_view(buffer.data(), got)));
    sent += static_cast<int64_t>(got);
  }
  if (response.stall_after.has_value()) RealSleep(context, absl::InfiniteDuration());
  return limit < length ? MakeError(Reason::kNetwork, "cut off") : absl::OkStatus();
}

// True when the connection can take another request.
bool Reply(const Context& context, const Request& request, const Response& response, Incoming& incoming,
           Socket& socket) {
  if (response.dropped) {
    socket.ResetOnClose();
    return false;
  }
  const bool whole = incoming.Drain();
  const bool keep = whole && incoming.keep_alive();
  const int64_t length = response.body_length();
  absl::Status sent = socket.Write(HeadOf(response, length, !keep));
  if (sent.ok() && request.method != "HEAD") sent = SendBody(context, response, length, socket);
  if (!sent.ok()) socket.ResetOnClose();
  if (sent.ok() && !whole) socket.LingerAfterReply(kLinger);
  return sent.ok() && keep;
}

// Clients that try TLS first recognise from this answer that we do not speak it.
void RefuseSyntax(Socket& socket) {
  const absl::Status sent = socket.Write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  if (sent.ok()) socket.LingerAfterReply(kLinger);
}

}  // namespace

void ServeConnection(const Context& context, Socket& socket, int64_t number, Handler& handler) {
  std::string pending;
  while (context.Check().ok()) {
    Incoming incoming(socket, pending);
    if (const absl::Status head = incoming.ReadHead(); !head.ok()) {
      if (absl::IsInvalidArgument(head)) RefuseSyntax(socket);
      return;
    }
    const Request request = incoming.ToRequest(number);
    const Response response = handler.Handle(context, request, incoming);
    if (!Reply(context, request, response, incoming, socket)) return;
  }
}

}  // namespace waybill::oci::http::server
