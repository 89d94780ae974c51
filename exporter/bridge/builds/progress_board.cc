// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/builds/progress_board.h"

#include <algorithm>

#include "exporter/rpc/message.h"

namespace waybill::exporter::bridge::builds {

void ProgressBoard::Attach(relay::RelayCall& call) {
  absl::MutexLock lock(&mutex_);
  calls_.push_back(&call);
}

void ProgressBoard::Detach(relay::RelayCall& call) {
  absl::MutexLock lock(&mutex_);
  std::erase(calls_, &call);
}

void ProgressBoard::Show(const moby::buildkit::v1::StatusResponse& rows) {
  const grpc::ByteBuffer message = rpc::Encode(rows);
  absl::MutexLock lock(&mutex_);
  // Injecting only queues; a call cannot go away before it is detached.
  for (relay::RelayCall* call : calls_) call->Inject(message);
}

bool ProgressBoard::Hold(relay::RelayCall& call, const grpc::Status& status) {
  absl::MutexLock lock(&mutex_);
  if (closed_) return false;
  held_.emplace_back(&call, status);
  return true;
}

void ProgressBoard::Close() {
  std::vector<std::pair<relay::RelayCall*, grpc::Status>> held;
  {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
    held.swap(held_);
  }
  for (const auto& [call, status] : held) call->Finish(status);
}

}  // namespace waybill::exporter::bridge::builds
