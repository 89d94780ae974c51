// SPDX-License-Identifier: Apache-2.0
#include "oci/io/pipe.h"

#include <algorithm>

#include "oci/error.h"

namespace waybill::oci::io {

absl::Status Pipe::Put(absl::string_view bytes) {
  while (!bytes.empty()) {
    // Chunks are copied outside the lock.
    std::string chunk(bytes.substr(0, kCopyBufferBytes));
    bytes.remove_prefix(chunk.size());
    absl::MutexLock lock(&mu_);
    mu_.Await(absl::Condition(this, &Pipe::HasRoom));
    if (abandoned_) return MakeError(Reason::kInterrupted, "nobody reads the stream any more");
    held_ += chunk.size();
    chunks_.push_back(std::move(chunk));
  }
  return absl::OkStatus();
}

void Pipe::Finish(const absl::Status& status) {
  absl::MutexLock lock(&mu_);
  finished_ = true;
  status_ = status;
}

absl::StatusOr<size_t> Pipe::Take(absl::Span<char> buffer) {
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(this, &Pipe::HasNews));
  if (chunks_.empty()) {
    if (!status_.ok()) return status_;
    return 0;
  }
  const absl::string_view part = absl::string_view(chunks_.front()).substr(offset_, buffer.size());
  std::copy(part.begin(), part.end(), buffer.begin());
  offset_ += part.size();
  held_ -= part.size();
  if (offset_ == chunks_.front().size()) {
    chunks_.pop_front();
    offset_ = 0;
  }
  return part.size();
}

void Pipe::Abandon() {
  absl::MutexLock lock(&mu_);
  abandoned_ = true;
}

}  // namespace waybill::oci::io
