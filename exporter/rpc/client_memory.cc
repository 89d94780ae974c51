// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/client_memory.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace waybill::exporter::rpc {
namespace {

// "ipv4:10.0.0.7:41234" without the port; "unix:..." as it is.
std::string ClientOf(absl::string_view peer) {
  if (absl::StartsWith(peer, "ipv4:") || absl::StartsWith(peer, "ipv6:")) peer = peer.substr(0, peer.rfind(':'));
  return std::string(peer);
}

}  // namespace

absl::StatusOr<ClientMemory::Hold> ClientMemory::Take(absl::string_view peer, int64_t bytes) {
  Hold hold;
  if (bytes <= 0) return hold;
  std::string client = ClientOf(peer);
  absl::MutexLock lock(&mutex_);
  const auto found = by_client_.find(client);
  const int64_t own = found == by_client_.end() ? 0 : found->second;
  if (bytes > limit_of_one_ - own || bytes > limit_ - held_) {
    return absl::UnavailableError(absl::StrCat("no memory for ", bytes, " bytes: ", own,
                                               " are held for this client and ", held_, " for all, of ", limit_,
                                               "; try again later"));
  }
  by_client_[client] = own + bytes;
  held_ += bytes;
  hold.memory_ = this;
  hold.client_ = std::move(client);
  hold.bytes_ = bytes;
  return hold;
}

int64_t ClientMemory::held() const {
  absl::MutexLock lock(&mutex_);
  return held_;
}

void ClientMemory::Hold::Release() {
  ClientMemory* const memory = std::exchange(memory_, nullptr);
  if (memory == nullptr) return;
  const int64_t bytes = std::exchange(bytes_, 0);
  absl::MutexLock lock(&memory->mutex_);
  memory->held_ -= bytes;
  const auto found = memory->by_client_.find(client_);
  found->second -= bytes;
  if (found->second == 0) memory->by_client_.erase(found);
}

}  // namespace waybill::exporter::rpc
