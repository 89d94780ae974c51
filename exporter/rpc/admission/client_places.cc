// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/admission/client_places.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace waybill::exporter::rpc::admission {

absl::StatusOr<ClientPlaces::Place> ClientPlaces::Take(const std::string& client) {
  absl::MutexLock lock(&mutex_);
  int& taken = taken_[client];
  if (taken >= limit_) {
    return absl::ResourceExhaustedError(absl::StrCat("client ", client, " has ", taken, " ", what_, " here, at most ",
                                                     limit_, " (", flag_, "): end some of them first"));
  }
  ++taken;
  Place place;
  place.places_ = this;
  place.client_ = client;
  return place;
}

void ClientPlaces::Leave(const std::string& client) {
  absl::MutexLock lock(&mutex_);
  const auto taken = taken_.find(client);
  if (--taken->second == 0) taken_.erase(taken);
}

}  // namespace waybill::exporter::rpc::admission
