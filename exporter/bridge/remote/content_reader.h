// SPDX-License-Identifier: Apache-2.0
// Blobs out of a content service (containerd.services.content.v1): how layers are pulled from the build daemon.
#ifndef WAYBILL_EXPORTER_BRIDGE_REMOTE_CONTENT_READER_H_
#define WAYBILL_EXPORTER_BRIDGE_REMOTE_CONTENT_READER_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <utility>

#include "oci/content/content.h"

namespace waybill::exporter::bridge::remote {

// Sources stream with Content.Read, a call for each Open. Thread-safe.
class ContentReader : public oci::content::Fetcher {
 public:
  // The channel is gRPC's own handle; sources keep it.
  explicit ContentReader(std::shared_ptr<grpc::ChannelInterface> channel) : channel_(std::move(channel)) {}
  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context& context,
                                                         const oci::Descriptor& descriptor) override;

 private:
  const std::shared_ptr<grpc::ChannelInterface> channel_;
};

}  // namespace waybill::exporter::bridge::remote

#endif  // WAYBILL_EXPORTER_BRIDGE_REMOTE_CONTENT_READER_H_
