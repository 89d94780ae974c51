// SPDX-License-Identifier: Apache-2.0
// One build with exporters that waybill took over, from its request to the delivery of its images.
#ifndef WAYBILL_EXPORTER_BRIDGE_BUILDS_BUILD_H_
#define WAYBILL_EXPORTER_BRIDGE_BUILDS_BUILD_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "exporter/bridge/builds/export_rows.h"
#include "exporter/bridge/builds/progress_board.h"
#include "exporter/bridge/builds/spool.h"
#include "exporter/bridge/session/session.h"
#include "exporter/bridge/solve/exporter_reports.h"
#include "exporter/bridge/solve/response.h"
#include "exporter/bridge/solve/rewriter.h"
#include "exporter/exporter.h"
#include "exporter/request/metadata.h"
#include "exporter/rpc/content/content_client.h"
#include "oci/content/content.h"
#include "oci/content/memory_store.h"
#include "oci/content/union_fetcher.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "proto/moby/control.pb.h"

namespace waybill::exporter::bridge::builds {

// The way to the services of a build client's session: gRPC's own handle.
using ClientChannel = std::shared_ptr<grpc::ChannelInterface>;
// Where an exporter's image goes.
using OutputFactory = std::function<absl::StatusOr<std::unique_ptr<Output>>(const solve::TakenExporter& exporter,
                                                                            const ClientChannel& client)>;

// Thread-safe.
class Build {
 public:
  struct Deps {
    std::shared_ptr<grpc::ChannelInterface> daemon;  // gRPC's own handle
    OutputFactory make_output;
    std::function<absl::Time()> now;
    SpoolSpace& spool;
    oci::content::Fetcher* daemon_files = nullptr;  // the daemon's blobs where they can be read as files
  };
  Build(Deps deps, solve::Rewritten rewritten);

  const std::string& ref() const { return request().ref(); }
  const std::string& session_id() const { return request().session(); }
  // As it goes to the daemon.
  const moby::buildkit::v1::SolveRequest& request() const { return rewritten_.request; }
  bool client_exporters() const { return rewritten_.client_exporters; }
  // The small documents that the daemon wrote into the session.
  oci::content::MemoryStore& documents() { return documents_; }
  // Each time that one was committed.
  void CountDocument(const oci::Digest& digest);
  // The layers that it wrote, because it does not give them to read.
  Spool& spool() { return spool_; }
  // Whether an export can read the layer: it was received, or the daemon has it as a file or gives it, which is asked
  // for at most 10 s.
  bool HasLayer(const oci::Context& context, const oci::Descriptor& layer);
  ProgressBoard& board() { return board_; }

  // The build's metadata, which daemons since v0.21 tell before they export.
  void SetMetadata(request::Metadata metadata);
  // Takes in what the daemon reports, and gives our exporters' vertexes our name. True when `status` was changed.
  bool Observe(moby::buildkit::v1::StatusResponse& status);

  // Exports of one lane go to the same registries; those that go to the client have one of their own.
  std::string lane() const;
  // Tells whoever watches that the export waits for others.
  void ShowWaiting();
  // The export is stopped, or is not to begin.
  void Stop() { stop_.request_stop(); }
  std::stop_token stop_token() const { return stop_.get_token(); }
  // Stops it because the client's session has ended. `tunnel` is held until the build is gone, so that the daemon
  // learns that the export has failed.
  void Abandon(session::TunnelHold tunnel);

  // Delivers every image; the first failure ends it. `response` is the daemon's answer of its exporters. CANCELLED when
  // the client's session has ended, and when `client` is null, which says the same. Blocks; once.
  absl::Status Export(const oci::Context& context, const ClientChannel& client, const solve::Response& response);
  // What Export came to; nullopt before its end.
  std::optional<absl::Status> exported() const;
  // As solve::PatchResponse, with what Export delivered.
  void PatchResponse(solve::Response& response) const;

 private:
  absl::Status DeliverAll(const oci::Context& context, const ClientChannel& client, const solve::Response& response);
  absl::Status Deliver(const oci::Context& context, const solve::TakenExporter& exporter, const ClientChannel& client,
                       const solve::Response& response);
  absl::StatusOr<oci::Descriptor> RootOf(const oci::Context& context, const solve::TakenExporter& exporter,
                                         const solve::Response& response, oci::content::Fetcher& content);
  bool OneImageWriter();
  absl::StatusOr<std::vector<std::string>> NamesOf(const solve::TakenExporter& exporter, solve::Response response,
                                                   const oci::Descriptor& root);
  std::optional<request::Metadata> metadata() const;
  // Until every exporter that writes images has reported all, or for 10 s.
  void ReadReports(const oci::Context& context);
  absl::StatusOr<oci::Digest> ReportedRoot(const oci::Context& context, int index);
  std::string VertexOf(const solve::TakenExporter& exporter) const;
  ExportRows RowsOf(const solve::TakenExporter& exporter);

  const Deps deps_;
  const solve::Rewritten rewritten_;
  oci::content::MemoryStore documents_;
  Spool spool_;
  rpc::content::ContentClient daemon_content_;
  oci::content::UnionFetcher layers_;
  ProgressBoard board_;
  std::stop_source stop_;

  mutable absl::Mutex mutex_;
  session::TunnelHold tunnel_ ABSL_GUARDED_BY(mutex_);
  bool abandoned_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<ExportRows> waiting_ ABSL_GUARDED_BY(mutex_);  // null when the export need not wait
  solve::ExporterReports reports_ ABSL_GUARDED_BY(mutex_);
  std::map<oci::Digest, int> copies_ ABSL_GUARDED_BY(mutex_);  // how often each document was written
  std::optional<request::Metadata> metadata_ ABSL_GUARDED_BY(mutex_);
  std::vector<solve::Delivered> delivered_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::Status> exported_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace waybill::exporter::bridge::builds

#endif  // WAYBILL_EXPORTER_BRIDGE_BUILDS_BUILD_H_
