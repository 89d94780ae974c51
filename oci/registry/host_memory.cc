// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/host_memory.h"

namespace waybill::oci::registry {

Learned HostMemory::referrers_api(absl::string_view repository) const {
  absl::MutexLock lock(&mu_);
  const auto found = referrers_.find(std::string(repository));
  return found == referrers_.end() ? Learned::kUnknown : found->second;
}

void HostMemory::set_referrers_api(absl::string_view repository, Learned learned) {
  absl::MutexLock lock(&mu_);
  referrers_[std::string(repository)] = learned;
}

bool HostMemory::refuses_mounts(absl::string_view from) const {
  absl::MutexLock lock(&mu_);
  return unmountable_.contains(std::string(from));
}

void HostMemory::set_refuses_mounts(absl::string_view from) {
  absl::MutexLock lock(&mu_);
  unmountable_.emplace(from);
}

}  // namespace waybill::oci::registry
