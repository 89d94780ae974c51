// SPDX-License-Identifier: Apache-2.0
// A value that is replaced while others use it.
#ifndef WAYBILL_TOOLS_CLI_COMMANDS_CURRENT_H_
#define WAYBILL_TOOLS_CLI_COMMANDS_CURRENT_H_

#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace waybill::cli::commands {

// Thread-safe. Whoever got a value keeps it.
template <typename T>
class Current {
 public:
  explicit Current(T value) : value_(std::make_shared<const T>(std::move(value))) {}

  std::shared_ptr<const T> Get() const {
    absl::MutexLock lock(&mutex_);
    return value_;
  }
  void Set(T value) {
    auto next = std::make_shared<const T>(std::move(value));
    absl::MutexLock lock(&mutex_);
    value_.swap(next);
  }

 private:
  mutable absl::Mutex mutex_;
  std::shared_ptr<const T> value_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace waybill::cli::commands

#endif  // WAYBILL_TOOLS_CLI_COMMANDS_CURRENT_H_
