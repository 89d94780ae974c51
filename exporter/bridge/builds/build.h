// SPDX-License-Identifier: Apache-2.0
// One build with exporters that waybill took over, from its request to the delivery of its images.
#ifndef WAYBILL_EXPORTER_BRIDGE_BUILDS_BUILD_H_
#define WAYBILL_EXPORTER_BRIDGE_BUILDS_BUILD_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "exporter/bridge/builds/build_content.h"
#include "exporter/bridge/builds/build_reports.h"
#include "exporter/bridge/builds/build_stop.h"
#include "exporter/bridge/builds/export_rows.h"
#include "exporter/bridge/builds/progress_board.h"
#include "exporter/bridge/builds/spool.h"
#include "exporter/bridge/outputs/build_outputs.h"
#include "exporter/bridge/solve/response.h"
#include "exporter/bridge/solve/rewriter.h"
#include "exporter/export_end.h"
#include "exporter/layers/encoders.h"
#include "exporter/layers/maker.h"
#include "oci/clock.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/observer.h"
#include "oci/trace/span.h"
#include "oci/unpack_limits.h"
#include "proto/moby/control.pb.h"

namespace waybill::exporter::bridge::builds {

using outputs::ClientChannel;

// Its parts are what is there to export (content), what the daemon has told (reports), and who may stop it (stop).
// Thread-safe.
class Build {
 public:
  struct Deps {
    std::shared_ptr<grpc::ChannelInterface> daemon;  // gRPC's own handle
    outputs::BuildOutputs& outputs;
    oci::Clock& clock;
    SpoolSpace& spool;
    layers::Encoders& encoders;
    oci::content::Fetcher* daemon_files = nullptr;  // the daemon's blobs where they can be read as files
    ExportEndSink on_export_end = nullptr;          // once for each exporter that begins; may be null
    oci::Observer* observer = nullptr;              // of exports; the same
    oci::UnpackLimits unpack_limits = {};           // of each layer that is converted
    oci::trace::SpanContext caller;                 // the client's span in which it asked for the build
  };
  Build(Deps deps, solve::Rewritten rewritten);

  // The request as it goes to the daemon, and the exporters that waybill took out of it.
  const solve::Rewritten& rewritten() const { return rewritten_; }
  BuildContent& content() { return content_; }
  BuildReports& reports() { return reports_; }
  BuildStop& stop() { return stop_; }
  const oci::trace::SpanContext& caller() const { return deps_.caller; }
  ProgressBoard& board() { return board_; }

  // Takes in a status of the daemon, and gives our exporters' vertexes our name. True when `status` was changed.
  bool Observe(moby::buildkit::v1::StatusResponse& status);
  // Exports of one lane go to the same registries; those that go to the client have one of their own.
  std::string lane() const;
  // Tells whoever watches that the export waits for others.
  void ShowWaiting();

  // Delivers every image; the first failure ends it. `response` is the daemon's answer of its exporters. CANCELLED when
  // the client's session has ended, and when `client` is null, which says the same. Blocks; once.
  absl::Status Export(const oci::Context& context, const ClientChannel& client, const solve::Response& response);
  // What Export came to; nullopt before its end.
  std::optional<absl::Status> exported() const;
  // As solve::PatchResponse, with what Export delivered.
  void PatchResponse(solve::Response& response) const;

 private:
  absl::Status DeliverAll(const oci::Context& context, const ClientChannel& client, const solve::Response& response);
  absl::Status DeliverOne(const oci::Context& context, const solve::TakenExporter& exporter,
                          const ClientChannel& client, const solve::Response& response);
  absl::StatusOr<oci::Descriptor> RootOf(const oci::Context& context, const solve::TakenExporter& exporter,
                                         const solve::Response& response);
  absl::StatusOr<std::vector<std::string>> NamesOf(const solve::TakenExporter& exporter, solve::Response response,
                                                   const oci::Descriptor& root);
  std::string VertexOf(const solve::TakenExporter& exporter) const;
  ExportRows RowsOf(const solve::TakenExporter& exporter);
  void TellEnd(const solve::TakenExporter& exporter, const absl::Status& status, absl::Time start) const;

  const Deps deps_;
  const solve::Rewritten rewritten_;
  BuildContent content_;
  BuildReports reports_;
  BuildStop stop_;
  ProgressBoard board_;
  layers::LayersMadeHere layers_;  // of Export; in the spool

  mutable absl::Mutex mutex_;
  std::unique_ptr<ExportRows> waiting_ ABSL_GUARDED_BY(mutex_);  // null when the export need not wait
  std::vector<solve::Delivered> delivered_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::Status> exported_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace waybill::exporter::bridge::builds

#endif  // WAYBILL_EXPORTER_BRIDGE_BUILDS_BUILD_H_
