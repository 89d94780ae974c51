// SPDX-License-Identifier: Apache-2.0
// A content service (containerd.services.content.v1) on the other side of a channel, as a place that blobs go to and
// come from: waybill's own service, a build daemon's store, a build client's layout behind its session.
#ifndef WAYBILL_EXPORTER_RPC_CONTENT_CONTENT_CLIENT_H_
#define WAYBILL_EXPORTER_RPC_CONTENT_CONTENT_CLIENT_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "exporter/rpc/content/peer.h"
#include "grpcpp/channel.h"
#include "oci/clock.h"
#include "oci/content/content.h"

namespace waybill::exporter::rpc::content {

// Thread-safe. Errors are the service's, with their details, and name the blob; a broken connection is UNAVAILABLE.
class ContentClient : public oci::content::Fetcher, public oci::content::Pusher {
 public:
  struct Options {
    // The store to use of a session that has several (BuildKit's "buildkit-attachable-store-id"); "" for the only one.
    std::string store_id;
    // For the waits before an upload is tried again; outlives this. Null for a peer that cannot come back, such as a
    // session: its uploads are tried once.
    oci::Clock* clock = nullptr;
  };
  // The channel is gRPC's own handle; sources keep it.
  ContentClient(const std::shared_ptr<grpc::ChannelInterface>& channel, const Options& options);

  // Sources stream with Content.Read, a call for each Open.
  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context& context,
                                                         const oci::Descriptor& descriptor) override;
  absl::StatusOr<bool> Exists(const oci::Context& context, const oci::Descriptor& descriptor) override;
  // The service verifies digest and size. Goes on where an upload of the blob stopped, after a lost connection or of an
  // earlier run. With a clock, and while another client uploads the blob, waits a moment, then uploads it too: the
  // later of the two finds it there.
  absl::Status Push(const oci::Context& context, oci::content::Blob blob) override;

 private:
  absl::StatusOr<int64_t> SizeOf(const oci::Context& context, const oci::Digest& digest) const;
  absl::Status PushOnce(const oci::Context& context, const std::string& ref, const oci::content::Blob& blob) const;
  // Waits and tries again while the service is away or the blob is somebody else's; then under a reference of its own.
  absl::Status PushAgain(const oci::Context& context, const std::string& ref, const oci::content::Blob& blob,
                         absl::Status pushed) const;

  // Shared: sources and readers may outlive this.
  const std::shared_ptr<const Peer> peer_;
  oci::Clock* const clock_;
};

}  // namespace waybill::exporter::rpc::content

#endif  // WAYBILL_EXPORTER_RPC_CONTENT_CONTENT_CLIENT_H_
