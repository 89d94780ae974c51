// SPDX-License-Identifier: Apache-2.0
#include "oci/http/curl/curl_transport.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <stop_token>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "oci/error.h"
#include "oci/http/curl/curl_setup.h"
#include "oci/http/curl/stall_guard.h"
#include "oci/status_macros.h"

namespace waybill::oci::http::curl {
namespace {

// How often a thread that sends looks at its progress.
constexpr absl::Duration kTick = absl::Milliseconds(100);

using StopCallback = std::stop_callback<std::function<void()>>;

std::string OriginOf(const Url& url) { return absl::StrCat(url.scheme(), "://", url.authority()); }

// `silent`: how long the server gave no byte; zero for a transfer that had moved.
absl::Status TimeoutError(absl::string_view phase, int64_t sent, absl::Duration silent) {
  const absl::Status error =
      MakeError(Reason::kTimeout, absl::StrCat("timed out ", phase), {{std::string(kSentKey), absl::StrCat(sent)}});
  return silent > absl::ZeroDuration() ? WithSilence(error, silent) : error;
}

// The reply's body. Dropping it cancels what is left of the transfer.
class Body : public io::Reader {
 public:
  Body(const Context& context, const Limits& limits, CurlLoop& loop, std::shared_ptr<Transfer> transfer)
      : context_(context),
        loop_(loop),
        transfer_(std::move(transfer)),
        window_(limits.stall_window),
        guard_(limits, absl::Now()),
        on_stop_(context.stop_token(), [this] { transfer_->Stop(); }) {}
  ~Body() override { loop_.Cancel(transfer_); }

  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    while (true) {
      switch (transfer_->Wait(std::min(context_.deadline(), guard_.next()), /*want_data=*/true)) {
        case Transfer::Event::kData: {
          const size_t n = transfer_->Take(buffer);
          received_ += static_cast<int64_t>(n);
          loop_.Resume(transfer_);
          return n;
        }
        case Transfer::Event::kDone:
          ABSL_RETURN_IF_ERROR(transfer_->result());
          return 0;
        default:
          ABSL_RETURN_IF_ERROR(context_.Check());
          if (guard_.Stalled(absl::Now(), received_)) {
            const absl::Duration silent = received_ == 0 ? window_ : absl::ZeroDuration();
            return TimeoutError("receiving: the server stalled", transfer_->sent.load(), silent);
          }
      }
    }
  }

 private:
  Context context_;
  CurlLoop& loop_;
  std::shared_ptr<Transfer> transfer_;  // see Transfer
  const absl::Duration window_;
  StallGuard guard_;
  int64_t received_ = 0;
  StopCallback on_stop_;
};

// Sends one request: feeds its body, watches the limits, and waits for the head of the reply.
class Sending {
 public:
  Sending(const Context& context, const Request& request, CurlLoop& loop, Transfer& transfer)
      : context_(context),
        request_(request),
        loop_(loop),
        transfer_(transfer),
        size_(request.body == nullptr ? 0 : request.body->size()),
        guard_(request.limits, absl::Now()) {}

  absl::StatusOr<Transfer::Head> Run(const std::shared_ptr<Transfer>& shared) {
    const StopCallback on_stop(context_.stop_token(), [this] { transfer_.Stop(); });
    if (request_.body != nullptr) {
      ABSL_ASSIGN_OR_RETURN(reader_, request_.body->Open(context_, 0));
    }
    loop_.Start(shared);
    absl::StatusOr<bool> finished = false;
    while (finished.ok() && !*finished) finished = Step(shared);
    Report();
    ABSL_RETURN_IF_ERROR(finished.status());
    return *std::move(head_);
  }

 private:
  // Handles one event; true when the head is there and nothing is left to send.
  absl::StatusOr<bool> Step(const std::shared_ptr<Transfer>& shared) {
    const bool sending = transfer_.sent.load() < size_;
    const absl::Time silent = std::min(reply_start_ + request_.limits.reply, told_ + request_.limits.tell_every);
    const absl::Time limit = sending ? absl::Now() + kTick : silent;
    switch (transfer_.Wait(std::min(context_.deadline(), limit), /*want_data=*/false)) {
      case Transfer::Event::kRoom:
        ABSL_RETURN_IF_ERROR(FeedOne());
        loop_.Resume(shared);
        break;
      case Transfer::Event::kHead:
        head_ = transfer_.TakeHead();
        if (reader_ != nullptr && head_->status >= 400) {
          transfer_.AbandonUpload();
          reader_.reset();
          loop_.Resume(shared);
        }
        break;
      case Transfer::Event::kDone:
        if (!head_.has_value()) return Ended();
        reader_.reset();
        break;
      default:
        ABSL_RETURN_IF_ERROR(CheckLimits());
    }
    Report();
    return head_.has_value() && reader_ == nullptr;
  }

  absl::Status Ended() const {
    ABSL_RETURN_IF_ERROR(transfer_.result());
    return NetworkError(kFailureTransfer, transfer_.sent.load(), "the connection ended without a reply");
  }

  absl::Status FeedOne() {
    std::string chunk(io::kCopyBufferBytes, '\0');
    ABSL_ASSIGN_OR_RETURN(const size_t n, reader_->Read(absl::MakeSpan(chunk)));
    // A request that was cancelled while this was read must not become complete by it.
    ABSL_RETURN_IF_ERROR(context_.Check());
    fed_ += static_cast<int64_t>(n);
    if (fed_ > size_ || (n == 0 && fed_ != size_)) {
      return VerificationError(
          absl::StrCat("the body has ", fed_ > size_ ? "more" : "fewer", " than its ", size_, " bytes"));
    }
    if (n > 0) {
      chunk.resize(n);
      transfer_.Feed(std::move(chunk));
    }
    if (fed_ == size_) {
      reader_.reset();
      transfer_.EndUpload();
    }
    return absl::OkStatus();
  }

  absl::Status CheckLimits() {
    ABSL_RETURN_IF_ERROR(context_.Check());
    const absl::Time now = absl::Now();
    const int64_t sent = transfer_.sent.load();
    if (sent < size_) {
      reply_start_ = told_ = now;
      const bool first = now < start_ + 2 * request_.limits.stall_window;
      if (guard_.Stalled(now, sent)) {
        return TimeoutError("sending: the connection stalled", sent,
                            first ? request_.limits.stall_window : absl::ZeroDuration());
      }
    } else if (now >= reply_start_ + request_.limits.reply) {
      return TimeoutError("waiting for the reply", sent, now - reply_start_);
    } else if (now >= told_ + request_.limits.tell_every) {
      told_ = now;
      if (request_.on_silence) request_.on_silence(now - reply_start_);
    }
    return absl::OkStatus();
  }

  void Report() {
    const int64_t sent = transfer_.sent.load();
    if (sent == reported_ || !request_.on_sent) return;
    reported_ = sent;
    request_.on_sent(sent);
  }

  const Context context_;
  const Request& request_;
  CurlLoop& loop_;
  Transfer& transfer_;
  const int64_t size_;
  StallGuard guard_;
  const absl::Time start_ = absl::Now();
  absl::Time reply_start_ = start_;  // when the last body byte was seen to leave
  absl::Time told_ = reply_start_;
  std::unique_ptr<io::Reader> reader_;
  std::optional<Transfer::Head> head_;
  int64_t fed_ = 0;
  int64_t reported_ = 0;
};

}  // namespace

CurlTransport::CurlTransport(Options options)
    : options_(std::move(options)), shared_(/*multiplex=*/true), bulk_(/*multiplex=*/false) {
  AddProxySecrets(options_.proxy, secrets_);
}

CurlLoop& CurlTransport::LoopFor(const Url& url, bool bulk) {
  if (!bulk) return shared_;
  absl::MutexLock lock(&mu_);
  return unshared_.contains(OriginOf(url)) ? shared_ : bulk_;
}

void CurlTransport::Learn(const Url& url, bool multiplexed) {
  absl::MutexLock lock(&mu_);
  if (multiplexed) {
    unshared_.erase(OriginOf(url));
  } else {
    unshared_.insert(OriginOf(url));
  }
}

absl::StatusOr<Response> CurlTransport::Send(const Context& context, const Request& request) {
  ABSL_RETURN_IF_ERROR(context.Check());
  ABSL_ASSIGN_OR_RETURN(const Url url, Url::Parse(request.url));
  const auto transfer = std::make_shared<Transfer>(request.body != nullptr);  // see Transfer
  transfer->authority = absl::StrCat(url.host(), ":", url.port());
  ABSL_RETURN_IF_ERROR(SetUp(*transfer, request, options_.user_agent, ProxyFor(options_.proxy, url)));
  CurlLoop& loop = LoopFor(url, request.bulk);
  absl::StatusOr<Transfer::Head> head = Sending(context, request, loop, *transfer).Run(transfer);
  if (!head.ok()) {
    loop.Cancel(transfer);
    return head.status();
  }
  if (head->status == 407 && !transfer->proxy.empty()) {
    loop.Cancel(transfer);
    return ProxyRefusal(transfer->proxy, transfer->authority, head->status);
  }
  if (!request.bulk) Learn(url, head->multiplexed);
  return Response{.status = head->status,
                  .headers = std::move(head->headers),
                  .url = url.ToString(),
                  .bytes_sent = transfer->sent.load(),
                  .continued = head->continued,
                  .body = std::make_unique<Body>(context, request.limits, loop, transfer)};
}

}  // namespace waybill::oci::http::curl
