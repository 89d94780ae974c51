// SPDX-License-Identifier: Apache-2.0
// The blobs of one build: documents that the daemon wrote into the session, and layers from wherever they can be read.
#ifndef WAYBILL_EXPORTER_BRIDGE_BUILDS_BUILD_CONTENT_H_
#define WAYBILL_EXPORTER_BRIDGE_BUILDS_BUILD_CONTENT_H_

#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "exporter/bridge/builds/spool.h"
#include "exporter/rpc/content/content_client.h"
#include "oci/clock.h"
#include "oci/content/content.h"
#include "oci/content/store/memory_store.h"
#include "oci/content/union_fetcher.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/digest.h"

namespace waybill::exporter::bridge::builds {

// Thread-safe.
class BuildContent {
 public:
  // `daemon` is gRPC's own handle; `daemon_files` has the daemon's blobs where they can be read as files, else null.
  BuildContent(const std::shared_ptr<grpc::ChannelInterface>& daemon, SpoolSpace& space,
               oci::content::Fetcher* daemon_files, oci::Clock& clock);

  // The small documents that the daemon wrote into the session.
  oci::content::store::MemoryStore& documents() { return documents_; }
  // Called each time that a document was committed.
  void CountDocument(const oci::Digest& digest);
  // How often each document was written.
  std::map<oci::Digest, int> copies() const;
  // The layers that the daemon wrote, because it does not give them to read.
  Spool& spool() { return spool_; }
  // Whether an export can read the layer: it was received, or the daemon has it as a file or gives it, which is asked
  // for at most 10 s.
  bool HasLayer(const oci::Context& context, const oci::Descriptor& layer);
  // Documents and layers.
  oci::content::Fetcher& all() { return all_; }

 private:
  oci::Clock& clock_;
  oci::content::store::MemoryStore documents_;
  Spool spool_;
  rpc::content::ContentClient daemon_content_;
  oci::content::UnionFetcher layers_;
  oci::content::UnionFetcher all_;
  mutable absl::Mutex mutex_;
  std::map<oci::Digest, int> copies_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace waybill::exporter::bridge::builds

#endif  // WAYBILL_EXPORTER_BRIDGE_BUILDS_BUILD_CONTENT_H_
