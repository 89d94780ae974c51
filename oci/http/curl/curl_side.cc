// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "oci/http/curl/transfer.h"

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

bool CurlSide::MayBegin() const {
  absl::MutexLock lock(&transfer_.mu_);
  return !transfer_.upload_begun_;
}

size_t CurlSide::OnRead(char* out, size_t room) {
  absl::MutexLock lock(&transfer_.mu_);
  if (transfer_.upload_abandoned_) return CURL_READFUNC_ABORT;
  if (transfer_.upload_.empty()) {
    if (!transfer_.upload_open_) return 0;
    transfer_.upload_paused_ = true;
    return CURL_READFUNC_PAUSE;
  }
  transfer_.upload_begun_ = true;
  const std::string& front = transfer_.upload_.front();
  const size_t n = std::min(room, front.size() - transfer_.upload_offset_);
  std::memcpy(out, front.data() + transfer_.upload_offset_, n);
  transfer_.upload_offset_ += n;
  transfer_.upload_bytes_ -= n;
  if (transfer_.upload_offset_ == front.size()) {
    transfer_.upload_.pop_front();
    transfer_.upload_offset_ = 0;
  }
  return n;
}

size_t CurlSide::OnWrite(absl::string_view bytes) {
  absl::MutexLock lock(&transfer_.mu_);
  if (transfer_.download_.size() - transfer_.download_offset_ >= Transfer::kBufferBytes) {
    transfer_.download_paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  transfer_.download_.erase(0, transfer_.download_offset_);
  transfer_.download_offset_ = 0;
  transfer_.download_.append(bytes.data(), bytes.size());
  transfer_.received_ += static_cast<int64_t>(bytes.size());
  return bytes.size();
}

bool CurlSide::OnHeader(absl::string_view line) {
  absl::MutexLock lock(&transfer_.mu_);
  transfer_.head_bytes_ += line.size();
  if (transfer_.head_bytes_ > kMaxHeadBytes) return false;
  line = absl::StripTrailingAsciiWhitespace(line);
  if (transfer_.head_done_) return true;  // trailers
  if (absl::StartsWith(line, "HTTP/")) {
    transfer_.head_.status = StatusOf(line);
    transfer_.head_.multiplexed = absl::StartsWith(line, "HTTP/2");
    transfer_.head_.headers = Headers();
  } else if (line.empty()) {
    if (transfer_.head_.status == 100) transfer_.head_.continued = true;
    transfer_.head_done_ = transfer_.head_.status >= 200;
    if (!absl::SimpleAtoi(transfer_.head_.headers.Find("Content-Length").value_or(""), &transfer_.expected_))
      transfer_.expected_ = -1;
  } else if (const size_t colon = line.find(':'); colon != absl::string_view::npos) {
    transfer_.head_.headers.Add(line.substr(0, colon), absl::StripAsciiWhitespace(line.substr(colon + 1)));
  }
  return true;
}

void CurlSide::Finish(const absl::Status& status) {
  absl::MutexLock lock(&transfer_.mu_);
  transfer_.done_ = true;
  // A server may close while the rest of the request is still on its way: its reply counts when it is whole.
  const bool whole = transfer_.head_done_ && transfer_.received_ == transfer_.expected_;
  transfer_.result_ = whole ? absl::OkStatus() : status;
}

bool CurlSide::TakeUnpause() {
  absl::MutexLock lock(&transfer_.mu_);
  const bool read = transfer_.upload_paused_ && (!transfer_.upload_.empty() || !transfer_.upload_open_);
  const bool write = transfer_.download_paused_ &&
                     transfer_.download_.size() - transfer_.download_offset_ < Transfer::kBufferBytes / 2;
  if (read) transfer_.upload_paused_ = false;
  if (write) transfer_.download_paused_ = false;
  return read || write;
}

}  // namespace waybill::oci::http::curl
