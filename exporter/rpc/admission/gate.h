// SPDX-License-Identifier: Apache-2.0
// Which calls a drain waits for.
#ifndef WAYBILL_EXPORTER_RPC_ADMISSION_GATE_H_
#define WAYBILL_EXPORTER_RPC_ADMISSION_GATE_H_

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "exporter/rpc/admission/arrivals.h"

namespace waybill::exporter::rpc::admission {

// Counts who is inside, and lets nobody in once closed. Thread-safe.
class Gate {
 public:
  struct Leave {
    void operator()(Gate* gate) const;
  };
  // Of one that is inside, until it is destroyed; the gate outlives it.
  using Pass = std::unique_ptr<Gate, Leave>;

  // Who enters is counted by `arrivals` too, which may be null and outlives this.
  explicit Gate(Arrivals* arrivals = nullptr) : arrivals_(arrivals) {}

  // UNAVAILABLE once closed.
  absl::StatusOr<Pass> Enter();

  // Waits until nobody is inside, or until the deadline.
  void AwaitEmpty(absl::Time deadline);
  // Closes, and waits so for up to `patience`.
  void Close(absl::Duration patience);

 private:
  bool Empty() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return inside_ == 0; }

  Arrivals* const arrivals_;
  absl::Mutex mutex_;
  int inside_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace waybill::exporter::rpc::admission

#endif  // WAYBILL_EXPORTER_RPC_ADMISSION_GATE_H_
