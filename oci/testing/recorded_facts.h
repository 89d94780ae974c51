// SPDX-License-Identifier: Apache-2.0
// An observer that remembers.
#ifndef WAYBILL_OCI_TESTING_RECORDED_FACTS_H_
#define WAYBILL_OCI_TESTING_RECORDED_FACTS_H_

#include <variant>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "oci/observer.h"

namespace waybill::oci::testing {

// Thread-safe.
class RecordedFacts : public Observer {
 public:
  void Observe(const Fact& fact) override {
    absl::MutexLock lock(&mutex_);
    facts_.push_back(fact);
  }

  // Those of one kind, in the order in which they were told.
  template <typename Kind>
  std::vector<Kind> Of() const {
    absl::MutexLock lock(&mutex_);
    std::vector<Kind> found;
    for (const Fact& fact : facts_) {
      if (const Kind* const one = std::get_if<Kind>(&fact)) found.push_back(*one);
    }
    return found;
  }

  // The sizes of the blobs that came so, together.
  int64_t BytesOf(BlobDelivered::How how) const {
    int64_t bytes = 0;
    for (const BlobDelivered& blob : Of<BlobDelivered>()) bytes += blob.how == how ? blob.bytes : 0;
    return bytes;
  }

  std::vector<Stage> stages() const {
    std::vector<Stage> stages;
    for (const StageEnded& end : Of<StageEnded>()) stages.push_back(end.stage);
    return stages;
  }

 private:
  mutable absl::Mutex mutex_;
  std::vector<Fact> facts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace waybill::oci::testing

#endif  // WAYBILL_OCI_TESTING_RECORDED_FACTS_H_
