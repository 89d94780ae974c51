// SPDX-License-Identifier: Apache-2.0
// Objects with large memory, kept for the next user instead of made anew.
#ifndef WAYBILL_OCI_DEFLATE_RECYCLER_H_
#define WAYBILL_OCI_DEFLATE_RECYCLER_H_

#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace waybill::oci::deflate {

// Keeps as many objects as were in use at once. Thread-safe.
template <typename T>
class Recycler {
 public:
  // An object in the state in which it was given back, or a new one.
  std::unique_ptr<T> Take() {
    {
      absl::MutexLock lock(&mutex_);
      if (!kept_.empty()) {
        std::unique_ptr<T> object = std::move(kept_.back());
        kept_.pop_back();
        return object;
      }
    }
    return std::make_unique<T>();
  }
  void Give(std::unique_ptr<T> object) {
    absl::MutexLock lock(&mutex_);
    kept_.push_back(std::move(object));
  }

 private:
  absl::Mutex mutex_;
  std::vector<std::unique_ptr<T>> kept_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace waybill::oci::deflate

#endif  // WAYBILL_OCI_DEFLATE_RECYCLER_H_
