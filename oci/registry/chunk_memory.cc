// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/chunk_memory.h"

#include <algorithm>

namespace waybill::oci::registry {

int64_t ChunkMemory::SizeFor(int64_t blob) const {
  absl::MutexLock lock(&mu_);
  return blob >= refused_ && taken_ < refused_ ? taken_ : 0;
}

void ChunkMemory::Refused(int64_t body) {
  absl::MutexLock lock(&mu_);
  refused_ = std::min(refused_, body);
}

void ChunkMemory::Took(int64_t chunk) {
  absl::MutexLock lock(&mu_);
  taken_ = std::max(taken_, chunk);
}

}  // namespace waybill::oci::registry
