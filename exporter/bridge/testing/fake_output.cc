// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/testing/fake_output.h"

#include <functional>
#include <stop_token>
#include <utility>

#include "oci/content/copy_graph.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::bridge::testing {

class FakeDestination::FakeOutput : public Output {
 public:
  FakeOutput(FakeDestination& destination, int exporter) : destination_(destination), exporter_(exporter) {}
  absl::StatusOr<answers::Delivery> Deliver(const oci::Context& context, const Image& image,
                                            const request::ExportOptions& /*options*/) override {
    ABSL_RETURN_IF_ERROR(destination_.Take(context, exporter_, image));
    return answers::Delivery{};
  }

 private:
  FakeDestination& destination_;
  const int exporter_;
};

absl::Status FakeDestination::Check(const solve::TakenExporter&) {
  absl::MutexLock lock(&mutex_);
  return behavior_ == Behavior::kRefuse ? oci::NotFoundError("no such key") : absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Output>> FakeDestination::Open(const solve::TakenExporter& exporter,
                                                              const outputs::ClientChannel&) {
  {
    absl::MutexLock lock(&mutex_);
    if (behavior_ == Behavior::kNowhere) return oci::InvalidInputError("no such place");
  }
  return std::make_unique<FakeOutput>(*this, exporter.index);
}

void FakeDestination::set_behavior(Behavior behavior) {
  absl::MutexLock lock(&mutex_);
  behavior_ = behavior;
}

std::vector<FakeDestination::Delivery> FakeDestination::deliveries() {
  absl::MutexLock lock(&mutex_);
  return deliveries_;
}

absl::Status FakeDestination::Take(const oci::Context& context, int exporter, const Image& image) {
  Behavior behavior;
  {
    absl::MutexLock lock(&mutex_);
    behavior = behavior_;
  }
  if (behavior == Behavior::kFail) return oci::StorageError("disk full");
  if (behavior == Behavior::kHang) {
    absl::Notification stopped;
    const std::stop_callback on_stop(context.stop_token(), [&stopped] { stopped.Notify(); });
    hanging_.Notify();
    stopped.WaitForNotification();
    return context.Check();
  }
  oci::content::store::MemoryStore store;
  ABSL_RETURN_IF_ERROR(oci::content::CopyGraph(context, image.content, store, image.root, {}));
  absl::MutexLock lock(&mutex_);
  deliveries_.push_back({.exporter = exporter, .root = image.root, .names = image.names, .blobs = store.blob_count()});
  return absl::OkStatus();
}

}  // namespace waybill::exporter::bridge::testing
