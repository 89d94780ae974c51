// SPDX-License-Identifier: Apache-2.0
// What tests of the service look at: waits and progress.
#ifndef WAYBILL_EXPORTER_SERVICE_TESTING_OBSERVERS_H_
#define WAYBILL_EXPORTER_SERVICE_TESTING_OBSERVERS_H_

#include <atomic>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "oci/clock.h"
#include "oci/context.h"
#include "oci/progress.h"

namespace waybill::exporter::service::testing {

// Counts waits.
class NoWait final : public oci::Clock {
 public:
  absl::Time Now() override { return absl::UnixEpoch(); }
  absl::Status Sleep(const oci::Context& context, absl::Duration) override {
    ++waits_;
    return context.Check();
  }
  double Random() override { return 0; }
  int waits() const { return waits_; }

 private:
  std::atomic<int> waits_ = 0;
};

// Keeps what was reported.
class Events final : public oci::ProgressSink {
 public:
  void Report(const oci::ProgressEvent& event) override {
    absl::MutexLock lock(&mutex_);
    events_.push_back(event);
  }
  std::vector<oci::ProgressEvent> Take() {
    absl::MutexLock lock(&mutex_);
    return std::move(events_);
  }

 private:
  absl::Mutex mutex_;
  std::vector<oci::ProgressEvent> events_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace waybill::exporter::service::testing

#endif  // WAYBILL_EXPORTER_SERVICE_TESTING_OBSERVERS_H_
