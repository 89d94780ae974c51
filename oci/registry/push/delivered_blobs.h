// SPDX-License-Identifier: Apache-2.0
// The blobs that pushes to one repository have put there, so that the next of these pushes does not send them again.
#ifndef WAYBILL_OCI_REGISTRY_PUSH_DELIVERED_BLOBS_H_
#define WAYBILL_OCI_REGISTRY_PUSH_DELIVERED_BLOBS_H_

#include <set>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "oci/digest.h"

namespace waybill::oci::registry::push {

// For pushes that follow each other at once: a registry may remove a blob that no manifest names. Thread-safe.
class DeliveredBlobs {
 public:
  void Add(const Digest& digest) {
    absl::MutexLock lock(&mutex_);
    digests_.insert(digest);
  }
  bool Contains(const Digest& digest) const {
    absl::MutexLock lock(&mutex_);
    return digests_.contains(digest);
  }

 private:
  mutable absl::Mutex mutex_;
  std::set<Digest> digests_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace waybill::oci::registry::push

#endif  // WAYBILL_OCI_REGISTRY_PUSH_DELIVERED_BLOBS_H_
