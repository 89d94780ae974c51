// SPDX-License-Identifier: Apache-2.0
#include "oci/http/curl/transfer.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace waybill::oci::http::curl {

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

}  // namespace waybill::oci::http::curl
