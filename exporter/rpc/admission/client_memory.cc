// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/admission/client_memory.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "exporter/rpc/admission/client_name.h"
#include "oci/status_macros.h"

namespace waybill::exporter::rpc::admission {

absl::StatusOr<ClientMemory::Hold> ClientMemory::Take(absl::string_view name, int64_t bytes) {
  Hold hold;
  if (bytes <= 0) return hold;
  std::string client = ClientAt(name, name);
  ABSL_RETURN_IF_ERROR(Add(client, bytes));
  hold.memory_ = this;
  hold.client_ = std::move(client);
  hold.bytes_ = bytes;
  return hold;
}

int64_t ClientMemory::held() const {
  absl::MutexLock lock(&mutex_);
  return held_;
}

absl::Status ClientMemory::Add(const std::string& client, int64_t bytes) {
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
  return absl::OkStatus();
}

void ClientMemory::Subtract(const std::string& client, int64_t bytes) {
  absl::MutexLock lock(&mutex_);
  held_ -= bytes;
  const auto found = by_client_.find(client);
  found->second -= bytes;
  if (found->second == 0) by_client_.erase(found);
}

void ClientMemory::Hold::Release() {
  ClientMemory* const memory = std::exchange(memory_, nullptr);
  if (memory != nullptr) memory->Subtract(client_, std::exchange(bytes_, 0));
}

absl::Status ClientMemory::Hold::Resize(int64_t bytes) {
  if (memory_ == nullptr || bytes == bytes_) return absl::OkStatus();
  if (bytes > bytes_) ABSL_RETURN_IF_ERROR(memory_->Add(client_, bytes - bytes_));
  if (bytes < bytes_) memory_->Subtract(client_, bytes_ - bytes);
  bytes_ = bytes;
  return absl::OkStatus();
}

}  // namespace waybill::exporter::rpc::admission
