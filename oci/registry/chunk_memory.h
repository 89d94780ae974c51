// SPDX-License-Identifier: Apache-2.0
// What bodies a host has shown to take, so that not every blob finds out again.
#ifndef WAYBILL_OCI_REGISTRY_CHUNK_MEMORY_H_
#define WAYBILL_OCI_REGISTRY_CHUNK_MEMORY_H_

#include <cstdint>
#include <limits>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace waybill::oci::registry {

// Sizes in bytes. Thread-safe.
class ChunkMemory {
 public:
  // The size of the chunks in which a blob of this size goes out; 0: the whole at once.
  int64_t SizeFor(int64_t blob) const;

  // A body of this size was too large (413).
  void Refused(int64_t body);
  // A blob arrived in chunks of this size.
  void Took(int64_t chunk);

 private:
  mutable absl::Mutex mu_;
  int64_t refused_ ABSL_GUARDED_BY(mu_) = std::numeric_limits<int64_t>::max();  // the smallest
  int64_t taken_ ABSL_GUARDED_BY(mu_) = 0;                                      // the largest
};

}  // namespace waybill::oci::registry

#endif  // WAYBILL_OCI_REGISTRY_CHUNK_MEMORY_H_
