// SPDX-License-Identifier: Apache-2.0
#include "exporter/http/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <cerrno>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "exporter/http/answering.h"
#include "oci/error.h"

namespace waybill::exporter::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using beast::error_code;

// Of a refused request's rest.
constexpr size_t kMaxDiscarded = 256 << 10;
constexpr size_t kDiscardBytes = 16 << 10;

// The status for a head that cannot be read; 0 when the client is gone, or was too slow, which closes the connection.
int RefusalOf(const error_code& error) {
  using Http = beast::http::error;
  if (error == Http::header_limit || error == Http::buffer_overflow) return 431;
  if (error == Http::end_of_stream || error == Http::partial_message) return 0;
  return error.category() == beast::http::make_error_code(Http::bad_method).category() ? 400 : 0;
}

}  // namespace

bool Connection::Start(int family, oci::file::Fd socket) {
  if (family != AF_UNIX) {
    const int yes = 1;
    // Without it answers only take longer.
    (void)setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  }
  error_code error;
  stream_.socket().assign(asio::generic::stream_protocol(family, 0), socket.number(), error);
  if (error) return false;
  (void)socket.Release();
  ReadHead();
  return true;
}

void Connection::ReadHead() {
  parser_.emplace();
  parser_->header_limit(around_.limits.head_bytes);
  stream_.expires_after(absl::ToChronoNanoseconds(around_.limits.head));
  beast::http::async_read_header(stream_, buffer_, *parser_,
                                 [self = shared_from_this()](error_code error, size_t) { self->OnHead(error); });
}

void Connection::OnHead(const error_code& error) {
  if (has_ended_) return;
  if (const int status = RefusalOf(error); status != 0) {
    return Refuse(status, status == 431 ? "the head of the request is too large" : error.message());
  }
  if (error) return Close();
  const bool has_body = parser_->chunked() || parser_->content_length().value_or(0) > 0;
  if (has_body) return Refuse(413, "requests have no body");
  ++served_;
  is_last_ = is_last_ || !parser_->get().keep_alive() || parser_->get().version() < 11;
  std::variant<Answer, Work> taken = around_.handler.Take(TakeRequest());
  if (const Answer* const answer = std::get_if<Answer>(&taken)) return SendHere(*answer, /*keep=*/true);
  GiveToWorker(std::get<Work>(std::move(taken)));
}

Request Connection::TakeRequest() const {
  const auto text = [](beast::string_view view) { return std::string(view.data(), view.size()); };
  const auto& head = parser_->get();
  Request request{
      .method = text(head.method_string()), .target = text(head.target()), .headers = {}, .is_loopback = is_loopback_};
  for (const auto& field : head) {
    request.headers.emplace_back(absl::AsciiStrToLower(text(field.name_string())), text(field.value()));
  }
  return request;
}

void Connection::GiveToWorker(Work work) {
  stop_ = std::stop_source();
  const Answering::How how{.is_head = parser_->get().method() == beast::http::verb::head,
                           .chunks = parser_->get().version() >= 11,
                           .is_last = is_last_};
  is_busy_ = true;
  auto task = [self = shared_from_this(), work = std::move(work), how, stop = stop_.get_token()]() mutable {
    Answering answering(*self, how);
    const oci::Context context = oci::Context().WithStop(stop).WithTimeout(self->around_.limits.answer);
    const bool keep = answering.Finish(work(context, answering));
    work = nullptr;
    // The last reference is dropped on the server's thread, to which the socket belongs.
    Connection& connection = *self;
    asio::post(connection.around_.io, [self = std::move(self), keep] {
      self->is_busy_ = false;
      self->Finish(keep);
    });
  };
  if (!around_.queue.Submit(std::move(task)).ok()) {
    is_busy_ = false;
    Answer answer = ErrorAnswer(503, "too many requests are waiting; try again later");
    answer.headers.emplace_back("Retry-After", "1");
    return SendHere(answer, /*keep=*/true);
  }
  WatchClient();
}

void Connection::WatchClient() {
  stream_.socket().async_wait(
      asio::socket_base::wait_read, [self = shared_from_this(), request = served_](const error_code& error) {
        if (error || !self->is_busy_ || self->served_ != request) return;
        char byte = 0;
        const ssize_t got = recv(self->stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return self->WatchClient();
        // A client that sends its next request early is not watched any more.
        if (got <= 0) self->stop_.request_stop();
      });
}

absl::Status Connection::SendFromWorker(const Buffers& buffers) {
  absl::Notification sent;
  error_code result;
  asio::post(around_.io, [&] {
    stream_.expires_after(absl::ToChronoNanoseconds(around_.limits.write));
    asio::async_write(stream_, buffers, [&](const error_code& error, size_t) {
      result = error;
      sent.Notify();
    });
  });
  sent.WaitForNotification();
  if (!result) return absl::OkStatus();
  return oci::MakeError(oci::Reason::kNetwork, absl::StrCat("the client does not take the answer: ", result.message()));
}

void Connection::SendHere(const Answer& answer, bool keep) {
  const bool stays = keep && !is_last_;
  out_ = HeadText(answer, static_cast<int64_t>(answer.body.size()), /*chunked=*/false, !stays);
  if (!parser_.has_value() || parser_->get().method() != beast::http::verb::head) out_ += answer.body;
  stream_.expires_after(absl::ToChronoNanoseconds(around_.limits.write));
  asio::async_write(stream_, asio::buffer(out_), [self = shared_from_this(), keep](const error_code& error, size_t) {
    if (self->has_ended_) return;
    if (error) return self->Close();
    // What the client goes on sending would make the kernel drop the answer.
    keep ? self->Finish(true) : self->Farewell();
  });
}

void Connection::Refuse(int status, absl::string_view message) {
  is_last_ = true;
  SendHere(ErrorAnswer(status, message), /*keep=*/false);
}

void Connection::Finish(bool keep) {
  if (has_ended_) return;
  if (!stream_.socket().is_open()) return End();
  if (keep && !is_last_) return ReadHead();
  if (!keep) {
    // The client must not take what it has for the whole.
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(stream_.socket().native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  }
  Close();
}

void Connection::Farewell() {
  error_code ignored;
  stream_.socket().shutdown(asio::socket_base::shutdown_send, ignored);
  stream_.expires_after(absl::ToChronoNanoseconds(around_.limits.farewell));
  Discard();
}

void Connection::Discard() {
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(kDiscardBytes),
                          [self = shared_from_this()](const error_code& error, size_t size) {
                            if (self->has_ended_) return;
                            self->discarded_ += size;
                            if (error || self->discarded_ > kMaxDiscarded) return self->Close();
                            self->Discard();
                          });
}

void Connection::Close() {
  stop_.request_stop();
  stream_.close();
  if (!is_busy_) End();
}

void Connection::CloseSoon() {
  is_last_ = true;
  if (!is_busy_) Close();
}

void Connection::End() {
  if (std::exchange(has_ended_, true)) return;
  around_.on_end(this);
}

}  // namespace waybill::exporter::http
