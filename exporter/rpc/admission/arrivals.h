// SPDX-License-Identifier: Apache-2.0
// When a server whose listening socket another process will go on with may end: once nobody asks it for anything.
#ifndef WAYBILL_EXPORTER_RPC_ADMISSION_ARRIVALS_H_
#define WAYBILL_EXPORTER_RPC_ADMISSION_ARRIVALS_H_

#include <cstdint>
#include <functional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace waybill::exporter::rpc::admission {

// Counts calls as they arrive. Thread-safe.
class Arrivals {
 public:
  void Add();

  // Waits until no call arrives for `settle` while none runs, or until the deadline. `await_idle` returns when no call
  // runs, or at the deadline that it is given. For a client that has connected and is about to call, or that makes
  // several calls one after the other.
  void AwaitQuiet(absl::Duration settle, absl::Time deadline, const std::function<void(absl::Time)>& await_idle);

 private:
  absl::Mutex mutex_;
  uint64_t count_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace waybill::exporter::rpc::admission

#endif  // WAYBILL_EXPORTER_RPC_ADMISSION_ARRIVALS_H_
