// SPDX-License-Identifier: Apache-2.0
// Where images go in the bridge's tests: takes in every blob and remembers it, or fails, or waits to be stopped.
#ifndef WAYBILL_EXPORTER_BRIDGE_TESTING_FAKE_OUTPUT_H_
#define WAYBILL_EXPORTER_BRIDGE_TESTING_FAKE_OUTPUT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "exporter/bridge/outputs/build_outputs.h"
#include "exporter/bridge/solve/rewriter.h"
#include "exporter/deliver.h"
#include "oci/content/store/memory_store.h"

namespace waybill::exporter::bridge::testing {

// Everything that was delivered. Thread-safe. Must outlive its outputs.
class FakeDestination : public outputs::BuildOutputs {
 public:
  struct Delivery {
    int exporter;
    oci::Descriptor root;
    std::vector<std::string> names;
    size_t blobs;  // that the image consists of
  };
  enum class Behavior {
    kTake,
    kFail,     // with "disk full"
    kHang,     // until the export is stopped
    kNowhere,  // no output can be opened: "no such place"
    kRefuse,   // before the build: "no such key"
  };

  absl::Status Check(const solve::TakenExporter& exporter) override;
  absl::StatusOr<std::unique_ptr<Output>> Open(const solve::TakenExporter& exporter,
                                               const outputs::ClientChannel& client) override;
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
