// SPDX-License-Identifier: Apache-2.0
// Outputs of a service under test: one that ends, one that does not.
#ifndef WAYBILL_EXPORTER_SERVICE_TESTING_OUTPUTS_H_
#define WAYBILL_EXPORTER_SERVICE_TESTING_OUTPUTS_H_

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/synchronization/notification.h"
#include "exporter/deliver.h"
#include "oci/content/copy_graph.h"
#include "oci/io/stream.h"
#include "oci/layout/archive.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service::testing {

// The image as an archive.
class ArchiveOutput final : public Output {
 public:
  explicit ArchiveOutput(oci::io::Writer& out) : out_(out) {}
  absl::StatusOr<answers::Delivery> Deliver(const oci::Context& context, const Image& image,
                                            const request::ExportOptions&) override {
    oci::layout::Archive archive({});
    ABSL_RETURN_IF_ERROR(oci::content::CopyGraph(context, image.content, archive, image.root, {}));
    ABSL_RETURN_IF_ERROR(archive.Tag(context, image.root, ""));
    ABSL_RETURN_IF_ERROR(archive.Finish(context, out_));
    return answers::Delivery{};
  }

 private:
  oci::io::Writer& out_;
};

// Writes until nobody takes it any more.
class EndlessOutput final : public Output {
 public:
  struct Progress {
    absl::Notification started;
    std::atomic<int64_t> bytes = 0;
  };
  EndlessOutput(oci::io::Writer& out, Progress& progress) : out_(out), progress_(progress) {}
  absl::StatusOr<answers::Delivery> Deliver(const oci::Context&, const Image&, const request::ExportOptions&) override {
    const std::string bytes(256 << 10, 'x');
    progress_.started.Notify();
    while (true) {
      ABSL_RETURN_IF_ERROR(out_.Write(bytes));
      progress_.bytes += static_cast<int64_t>(bytes.size());
    }
  }

 private:
  oci::io::Writer& out_;
  Progress& progress_;
};

}  // namespace waybill::exporter::service::testing

#endif  // WAYBILL_EXPORTER_SERVICE_TESTING_OUTPUTS_H_
