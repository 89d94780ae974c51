// SPDX-License-Identifier: Apache-2.0
#include "oci/http/curl/curl_loop.h"

#include <csignal>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/http/curl/proxy.h"
#include "oci/http/redact.h"
#include "oci/http/transport.h"

namespace waybill::oci::http::curl {
namespace {

// Connections kept for later requests.
constexpr long kCachedConnections = 64;
constexpr int kPollMilliseconds = 1000;

// What OpenSSL says of a handshake that is answered in plain HTTP.
constexpr char kNoTls[] = "wrong version number";

absl::string_view FailureFor(CURLcode code, absl::string_view detail) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return kFailureResolve;
    case CURLE_COULDNT_CONNECT:
      return kFailureConnect;
    case CURLE_SSL_CONNECT_ERROR:
      return absl::StrContains(detail, kNoTls) ? kFailurePlain : kFailureTls;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return kFailureCertificate;
    case CURLE_PROXY:
      return kFailureProxy;
    default:
      return kFailureTransfer;
  }
}

absl::Status StatusFor(CURLcode code, const Transfer& transfer) {
  if (code == CURLE_OK) return absl::OkStatus();
  long connect = 0;  // what the proxy answered to CONNECT
  curl_easy_getinfo(transfer.handle, CURLINFO_HTTP_CONNECTCODE, &connect);
  if (connect >= 300) return ProxyRefusal(transfer.proxy, transfer.authority, static_cast<int>(connect));
  // libcurl quotes the proxy's URL where it does not like it.
  std::string detail =
      RedactText(transfer.error[0] != '\0' ? transfer.error : curl_easy_strerror(code), CURL_ERROR_SIZE);
  // libcurl would send it again by itself, from a body that only its owner can open again.
  const bool again = code == CURLE_SEND_FAIL_REWIND || code == CURLE_ABORTED_BY_CALLBACK;
  if (again) detail = "the connection broke while a body was on its way";
  const int64_t sent = transfer.sent.load();
  if (code == CURLE_OPERATION_TIMEDOUT) {
    // The connection phase alone has a limit of libcurl's.
    const ErrorMetadata metadata{{std::string(kFailureKey), std::string(kFailureConnect)},
                                 {std::string(kSentKey), absl::StrCat(sent)}};
    return WithSilence(MakeError(Reason::kTimeout, detail, metadata), transfer.connect_limit);
  }
  const absl::string_view failure = FailureFor(code, detail);
  if (failure == kFailurePlain) detail = "the server speaks plain HTTP";
  if (!transfer.proxy.empty()) absl::StrAppend(&detail, " (through the proxy ", transfer.proxy, ")");
  return NetworkError(failure, sent, detail);
}

}  // namespace

CurlLoop::CurlLoop(bool multiplex) : multi_(curl_multi_init()) {
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, multiplex ? CURLPIPE_MULTIPLEX : CURLPIPE_NOTHING);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kCachedConnections);
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

CurlLoop::~CurlLoop() {
  thread_.request_stop();
  curl_multi_wakeup(multi_);
  thread_.join();
  for (const auto& [handle, transfer] : running_) {
    curl_multi_remove_handle(multi_, handle);
    CurlSide(*transfer).Finish(MakeError(Reason::kInterrupted, "the HTTP transport is closing"));
  }
  running_.clear();
  curl_multi_cleanup(multi_);
}

void CurlLoop::Start(std::shared_ptr<Transfer> transfer) { Post(Verb::kStart, std::move(transfer)); }
void CurlLoop::Cancel(std::shared_ptr<Transfer> transfer) { Post(Verb::kCancel, std::move(transfer)); }
void CurlLoop::Resume(std::shared_ptr<Transfer> transfer) { Post(Verb::kResume, std::move(transfer)); }

void CurlLoop::Post(Verb verb, std::shared_ptr<Transfer> transfer) {
  {
    absl::MutexLock lock(&mu_);
    commands_.push_back({verb, std::move(transfer)});
  }
  curl_multi_wakeup(multi_);
}

void CurlLoop::Execute(const Command& command) {
  CURL* handle = command.transfer->handle;
  switch (command.verb) {
    case Verb::kStart:
      if (const CURLMcode code = curl_multi_add_handle(multi_, handle); code != CURLM_OK) {
        CurlSide(*command.transfer).Finish(MakeError(Reason::kInternal, curl_multi_strerror(code)));
        return;
      }
      running_.emplace(handle, command.transfer);
      return;
    case Verb::kCancel:
      if (running_.erase(handle) > 0) curl_multi_remove_handle(multi_, handle);
      return;
    case Verb::kResume:
      if (running_.contains(handle) && CurlSide(*command.transfer).TakeUnpause()) {
        curl_easy_pause(handle, CURLPAUSE_CONT);
      }
      return;
  }
}

void CurlLoop::CollectDone() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* handle = message->easy_handle;
    const CURLcode code = message->data.result;
    const auto found = running_.find(handle);
    if (found == running_.end()) continue;
    const std::shared_ptr<Transfer> transfer = std::move(found->second);
    running_.erase(found);
    // The progress callback may not have seen the last bytes.
    curl_off_t sent = 0;
    if (curl_easy_getinfo(handle, CURLINFO_SIZE_UPLOAD_T, &sent) == CURLE_OK) CurlSide(*transfer).Sent(sent);
    curl_multi_remove_handle(multi_, handle);
    CurlSide(*transfer).Finish(StatusFor(code, *transfer));
  }
}

void CurlLoop::Run(const std::stop_token& stop) {
  // A peer that closes early raises SIGPIPE in the thread that writes; the error code says enough.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  while (!stop.stop_requested()) {
    std::vector<Command> commands;
    {
      absl::MutexLock lock(&mu_);
      commands.swap(commands_);
    }
    for (const Command& command : commands) Execute(command);
    int active = 0;
    curl_multi_perform(multi_, &active);
    CollectDone();
    curl_multi_poll(multi_, nullptr, 0, kPollMilliseconds, nullptr);
  }
}

}  // namespace waybill::oci::http::curl
