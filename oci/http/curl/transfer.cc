// SPDX-License-Identifier: Apache-2.0
#include "oci/http/curl/transfer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace waybill::oci::http::curl {
namespace {

// All fields of one reply.
constexpr size_t kMaxHeadBytes = 256 << 10;

// "HTTP/1.1 200 OK" -> 200.
int StatusOf(absl::string_view line) {
  int status = 0;
  const size_t space = line.find(' ');
  if (space == absl::string_view::npos || !absl::SimpleAtoi(line.substr(space + 1, 3), &status)) return 0;
  return status;
}

}  // namespace

Transfer::~Transfer() {
  if (handle != nullptr) curl_easy_cleanup(handle);
  curl_slist_free_all(header_list);
}

bool Transfer::Ready(bool want_data) const {
  return stopped_ || done_ || (head_done_ && !head_taken_) || (want_data && download_.size() > download_offset_) ||
         (upload_open_ && upload_bytes_ < kBufferBytes / 2);
}

Transfer::Event Transfer::Wait(absl::Time deadline, bool want_data) {
  absl::MutexLock lock(&mu_);
  const auto ready = [this, want_data]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return Ready(want_data); };
  if (!mu_.AwaitWithDeadline(absl::Condition(&ready), deadline)) return Event::kTimeout;
  if (stopped_) return Event::kStopped;
  if (head_done_ && !head_taken_) return Event::kHead;
  if (want_data && download_.size() > download_offset_) return Event::kData;
  return done_ ? Event::kDone : Event::kRoom;
}

void Transfer::Feed(std::string chunk) {
  absl::MutexLock lock(&mu_);
  upload_bytes_ += chunk.size();
  upload_.push_back(std::move(chunk));
}

void Transfer::EndUpload() {
  absl::MutexLock lock(&mu_);
  upload_open_ = false;
}

void Transfer::AbandonUpload() {
  absl::MutexLock lock(&mu_);
  upload_abandoned_ = true;
  upload_open_ = false;
  upload_.clear();
}

Transfer::Head Transfer::TakeHead() {
  absl::MutexLock lock(&mu_);
  head_taken_ = true;
  return std::move(head_);
}

size_t Transfer::Take(absl::Span<char> buffer) {
  absl::MutexLock lock(&mu_);
  const size_t n = std::min(buffer.size(), download_.size() - download_offset_);
  std::memcpy(buffer.data(), download_.data() + download_offset_, n);
  download_offset_ += n;
  if (download_offset_ == download_.size()) {
    download_.clear();
    download_offset_ = 0;
  }
  return n;
}

void Transfer::Stop() {
  absl::MutexLock lock(&mu_);
  stopped_ = true;
}

absl::Status Transfer::result() const {
  absl::MutexLock lock(&mu_);
  return result_;
}

bool Transfer::MayBegin() const {
  absl::MutexLock lock(&mu_);
  return !upload_begun_;
}

size_t Transfer::OnRead(char* out, size_t room) {
  absl::MutexLock lock(&mu_);
  if (upload_abandoned_) return CURL_READFUNC_ABORT;
  if (upload_.empty()) {
    if (!upload_open_) return 0;
    upload_paused_ = true;
    return CURL_READFUNC_PAUSE;
  }
  upload_begun_ = true;
  const std::string& front = upload_.front();
  const size_t n = std::min(room, front.size() - upload_offset_);
  std::memcpy(out, front.data() + upload_offset_, n);
  upload_offset_ += n;
  upload_bytes_ -= n;
  if (upload_offset_ == front.size()) {
    upload_.pop_front();
    upload_offset_ = 0;
  }
  return n;
}

size_t Transfer::OnWrite(absl::string_view bytes) {
  absl::MutexLock lock(&mu_);
  if (download_.size() - download_offset_ >= kBufferBytes) {
    download_paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  download_.erase(0, download_offset_);
  download_offset_ = 0;
  download_.append(bytes.data(), bytes.size());
  received_ += static_cast<int64_t>(bytes.size());
  return bytes.size();
}

bool Transfer::OnHeader(absl::string_view line) {
  absl::MutexLock lock(&mu_);
  head_bytes_ += line.size();
  if (head_bytes_ > kMaxHeadBytes) return false;
  line = absl::StripTrailingAsciiWhitespace(line);
  if (head_done_) return true;  // trailers
  if (absl::StartsWith(line, "HTTP/")) {
    head_.status = StatusOf(line);
    head_.multiplexed = absl::StartsWith(line, "HTTP/2");
    head_.headers = Headers();
  } else if (line.empty()) {
    if (head_.status == 100) head_.continued = true;
    head_done_ = head_.status >= 200;
    if (!absl::SimpleAtoi(head_.headers.Find("Content-Length").value_or(""), &expected_)) expected_ = -1;
  } else if (const size_t colon = line.find(':'); colon != absl::string_view::npos) {
    head_.headers.Add(line.substr(0, colon), absl::StripAsciiWhitespace(line.substr(colon + 1)));
  }
  return true;
}

void Transfer::Finish(const absl::Status& status) {
  absl::MutexLock lock(&mu_);
  done_ = true;
  // A server may close while the rest of the request is still on its way: its reply counts when it is whole.
  const bool whole = head_done_ && received_ == expected_;
  result_ = whole ? absl::OkStatus() : status;
}

bool Transfer::TakeUnpause() {
  absl::MutexLock lock(&mu_);
  const bool read = upload_paused_ && (!upload_.empty() || !upload_open_);
  const bool write = download_paused_ && download_.size() - download_offset_ < kBufferBytes / 2;
  if (read) upload_paused_ = false;
  if (write) download_paused_ = false;
  return read || write;
}

}  // namespace waybill::oci::http::curl
