// SPDX-License-Identifier: Apache-2.0
// A content service on the other side of a channel, as a place that blobs go to and come from.
#ifndef WAYBILL_EXPORTER_CLIENT_REMOTE_CONTENT_H_
#define WAYBILL_EXPORTER_CLIENT_REMOTE_CONTENT_H_

#include <memory>

#include "grpcpp/channel.h"
#include "oci/clock.h"
#include "oci/content/content.h"
#include "proto/containerd/services/content/v1/content.grpc.pb.h"

namespace waybill::exporter::client {

// Thread-safe. Errors are the service's; a broken connection is UNAVAILABLE.
class RemoteContent : public oci::content::Fetcher, public oci::content::Pusher {
 public:
  // `clock` is for waits between attempts and outlives this.
  RemoteContent(const std::shared_ptr<grpc::Channel>& channel, oci::Clock& clock)
      : stub_(Content::NewStub(channel)), clock_(clock) {}

  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context& context,
                                                         const oci::Descriptor& descriptor) override;
  absl::StatusOr<bool> Exists(const oci::Context& context, const oci::Descriptor& descriptor) override;
  // Goes on where an upload of the blob stopped, after a lost connection or of an earlier run. While another client
  // uploads it, waits a moment, then uploads it too: the later of the two finds it there.
  absl::Status Push(const oci::Context& context, oci::content::Blob blob) override;

 private:
  using Content = ::containerd::services::content::v1::Content;
  class Source;
  class Reader;
  class Upload;

  // Shared: sources and readers may outlive this.
  std::shared_ptr<Content::Stub> stub_;
  oci::Clock& clock_;
};

}  // namespace waybill::exporter::client

#endif  // WAYBILL_EXPORTER_CLIENT_REMOTE_CONTENT_H_
