// SPDX-License-Identifier: Apache-2.0
// The running service: listeners, the waybill and containerd APIs, health and reflection over one directory.
#ifndef WAYBILL_EXPORTER_SERVICE_SERVER_H_
#define WAYBILL_EXPORTER_SERVICE_SERVER_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "attest/sign/key.h"
#include "exporter/attestations/listing.h"
#include "exporter/export_end.h"
#include "exporter/exporter.h"
#include "exporter/rpc/admission/arrivals.h"
#include "exporter/rpc/admission/client_memory.h"
#include "exporter/rpc/admission/client_places.h"
#include "exporter/rpc/admission/gate.h"
#include "exporter/rpc/listen/address.h"
#include "exporter/rpc/listen/allowed_peers.h"
#include "exporter/rpc/listen/listener.h"
#include "exporter/rpc/listen/tls.h"
#include "exporter/service/content/content_service.h"
#include "exporter/service/content/leases_service.h"
#include "exporter/service/conversions/remembered_layers.h"
#include "exporter/service/export_job.h"
#include "exporter/service/export_service.h"
#include "exporter/service/image_attestations/attestations_service.h"
#include "exporter/service/store/keeper.h"
#include "exporter/service/store/service_store.h"
#include "exporter/service/store/shares.h"
#include "exporter/service/store_size.h"
#include "grpcpp/resource_quota.h"
#include "grpcpp/server.h"
#include "oci/file/fd.h"
#include "oci/observer.h"
#include "oci/registry/client.h"
#include "oci/trace/span.h"
#include "oci/unpack_limits.h"
#include "oci/work/queue.h"

namespace waybill::exporter::service {

// Serves from Start until Drain. Not thread-safe.
class Server {
 public:
  struct Options {
    std::vector<rpc::listen::Address> listen;
    std::string group;  // of sockets; "" for the process's own
    rpc::listen::AllowedPeers allowed = {};
    rpc::listen::TlsFiles tls = {};    // for tcp addresses
    std::string root;                  // blobs/, labels/, conversions/, uploads/, leases/, scratch/; made when missing
    std::vector<std::string> layouts;  // absolute paths below which requests may name OCI layouts
    // Of images that clients may name, which outlives the server; null: attestations of images are not served.
    const attestations::Lister* lister = nullptr;
    std::string version;                                 // told to clients
    int parallel_exports = 8;                            // more wait
    int64_t client_memory = int64_t{256} << 20;          // bytes held for clients, buffers of connections included
    store::Limits limits = {};                           // of what is stored, in all and for each client
    oci::UnpackLimits unpack_limits = {};                // of each layer that an export unpacks
    int client_calls = 1000;                             // calls of one client at once, exports aside
    int client_exports = 256;                            // of one client, those that wait included
    int content_threads = 8;                             // for the content service's disk work
    absl::Duration client_patience = absl::Minutes(10);  // with clients that take nothing of their export
    absl::Duration keep_uploads = absl::Hours(24);       // unfinished ones that nobody goes on with
    OutputFactory new_output;
    RegistriesNow registries;                  // that outputs push to, which outlive the server; may be null: none
    ExportEndSink on_export_end;               // may be null
    oci::Observer* observer = nullptr;         // of exports; outlives the server
    oci::trace::SpanSink* spans = nullptr;     // the same
    store::EvictionSink on_evicted = nullptr;  // of blobs
    attest::sign::KeysByName keys;             // that exports may name to sign with; may be empty
    Exporter::Deps exporter;                   // its scratch directory is the service's
  };

  // Errors: those of rpc::ListeningSocket::Listen and OpenRoot; INVALID_ARGUMENT for a layout path that is not there.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const Options& options);
  // Drain without patience, unless it was drained.
  ~Server();

  // What it listens on, with the ports that were chosen.
  std::vector<rpc::listen::Address> addresses() const { return listener_->addresses(); }

  // Drops uploads that nobody has gone on with for Options::keep_uploads, and what is remembered of conversions whose
  // layers are gone. Start does it too. Thread-safe.
  absl::Status ExpireUploads(absl::Time now);

  // Exports that run and that wait for their turn. Thread-safe, as is store_size.
  oci::work::Queue::Load exports() { return export_queue_.load(); }
  // Of the blobs, uploads left out. Reads directories.
  StoreSize store_size() const { return SizeOfStore(store_.blobs.root()); }

  // Accepts no more connections, and serves those that there are until no call has come for `settle`, or until the
  // deadline. Before Drain, where another process goes on with the listening sockets: its clients' calls are refused
  // nowhere.
  void Settle(absl::Duration settle, absl::Time deadline);

  // Reports NOT_SERVING, takes no more exports, lets those that run or wait finish, then the calls for content, for up
  // to `patience` in all, and cancels the rest: what watches only, and uploads whose client is silent, is not waited
  // for. Returns when no call is left and every thread has ended.
  void Drain(absl::Duration patience);

 private:
  // The same service for some of the clients (rpc::listen::Listener).
  struct Front {
    Front(const content::ContentService::Deps& content, const ExportService::Deps& exports)
        : content_service(content),
          leases_service({.store = content.store, .workplace = content.workplace}),
          export_service(exports) {}

    content::ContentService content_service;
    content::LeasesService leases_service;
    ExportService export_service;
    std::unique_ptr<image_attestations::AttestationsService> attestations_service;  // null where it is not served
    std::unique_ptr<grpc::Server> server;
  };

  Server(const Options& options, oci::file::Fd lock);
  std::optional<content::ContentService::Listed> ListedOf(const Options& options);
  // Says in labels what a converted blob is.
  absl::Status LabelMade(const oci::Digest& from, const layers::MadeLayer& made);
  absl::Status Listen(const Options& options);
  // For clients of sockets' files that are this user's processes, or for others.
  absl::Status StartFront(absl::string_view user, const grpc::ResourceQuota& buffers);

  const oci::file::Fd lock_;
  const absl::Duration keep_uploads_;
  store::ServiceStore store_;
  conversions::RememberedLayers remembered_;
  const Exporter exporter_;
  rpc::admission::ClientMemory memory_;
  rpc::admission::ClientPlaces call_places_;
  rpc::admission::ClientPlaces export_places_;
  grpc::ResourceQuota socket_buffers_{"sockets"};  // those of connections, see kMaxBufferedBytes
  grpc::ResourceQuota tcp_buffers_{"tcp"};
  rpc::admission::Arrivals arrivals_;
  rpc::admission::Gate content_gate_{&arrivals_};
  rpc::admission::Gate export_gate_{&arrivals_};
  rpc::admission::Gate attestations_gate_{&arrivals_};
  oci::work::Queue content_queue_;
  oci::work::Queue export_queue_;
  oci::work::Queue attestations_queue_;
  const attestations::Lister* const lister_;
  const content::ContentService::Deps content_deps_;
  const ExportService::Deps export_deps_;
  std::unique_ptr<rpc::listen::Listener> listener_;
  std::vector<std::unique_ptr<Front>> fronts_;  // none once drained; the listener's thread adds to them while it runs
};

}  // namespace waybill::exporter::service

#endif  // WAYBILL_EXPORTER_SERVICE_SERVER_H_
