// SPDX-License-Identifier: Apache-2.0
// Where images go in the bridge's tests: takes in every blob and remembers it, or fails, or waits to be stopped.
#ifndef WAYBILL_EXPORTER_BRIDGE_TESTING_FAKE_OUTPUT_H_
#define WAYBILL_EXPORTER_BRIDGE_TESTING_FAKE_OUTPUT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "exporter/exporter.h"
#include "oci/content/memory_store.h"

namespace waybill::exporter::bridge::testing {

// Everything that was delivered. Thread-safe.
class FakeDestination {
 public:
  struct Delivery {
    int exporter;
    oci::Descriptor root;
    std::vector<std::string> names;
    size_t blobs;  // that the image consists of
  };
  enum class Behavior {
    kTake,
    kFail,  // with "disk full"
    kHang,  // until the export is stopped
  };

  // The way here for one exporter's image. The destination must outlive it.
  std::unique_ptr<Output> NewOutput(int exporter);
  void set_behavior(Behavior behavior);
  std::vector<Delivery> deliveries();
  // An output hangs.
  absl::Notification& hanging() { return hanging_; }

 private:
  class FakeOutput;
  absl::Status Take(const oci::Context& context, int exporter, const Image& image);

  absl::Mutex mutex_;
  Behavior behavior_ ABSL_GUARDED_BY(mutex_) = Behavior::kTake;
  std::vector<Delivery> deliveries_ ABSL_GUARDED_BY(mutex_);
  absl::Notification hanging_;
};

}  // namespace waybill::exporter::bridge::testing

#endif  // WAYBILL_EXPORTER_BRIDGE_TESTING_FAKE_OUTPUT_H_
