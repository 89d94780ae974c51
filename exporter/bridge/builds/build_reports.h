// SPDX-License-Identifier: Apache-2.0
// What the daemon tells about one build before it answers: the build's metadata, and what each exporter wrote.
#ifndef WAYBILL_EXPORTER_BRIDGE_BUILDS_BUILD_REPORTS_H_
#define WAYBILL_EXPORTER_BRIDGE_BUILDS_BUILD_REPORTS_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "exporter/bridge/builds/build_content.h"
#include "exporter/bridge/solve/exporter_reports.h"
#include "exporter/request/metadata.h"
#include "oci/clock.h"
#include "oci/context.h"
#include "oci/digest.h"
#include "proto/moby/control.pb.h"

namespace waybill::exporter::bridge::builds {

// Thread-safe.
class BuildReports {
 public:
  // `request` is the build's as it goes to the daemon; `daemon` is gRPC's own handle.
  BuildReports(const moby::buildkit::v1::SolveRequest& request, std::shared_ptr<grpc::ChannelInterface> daemon,
               oci::Clock& clock)
      : ref_(request.ref()), daemon_(std::move(daemon)), clock_(clock), reports_(request) {}

  // The build's metadata, which daemons since v0.21 tell before they export.
  void SetMetadata(request::Metadata metadata);
  std::optional<request::Metadata> metadata() const;

  // Takes in a status of the daemon. True when every exporter that writes images has reported all.
  bool Observe(const moby::buildkit::v1::StatusResponse& status);
  bool OneImageWriter() const;
  // The root that an exporter wrote. Waits up to 10 s for the daemon's reports. NOT_FOUND when they do not say.
  absl::StatusOr<oci::Digest> RootOf(const oci::Context& context, int exporter, BuildContent& content);

 private:
  const std::string ref_;
  const std::shared_ptr<grpc::ChannelInterface> daemon_;
  oci::Clock& clock_;
  mutable absl::Mutex mutex_;
  solve::ExporterReports reports_ ABSL_GUARDED_BY(mutex_);
  std::optional<request::Metadata> metadata_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace waybill::exporter::bridge::builds

#endif  // WAYBILL_EXPORTER_BRIDGE_BUILDS_BUILD_REPORTS_H_
