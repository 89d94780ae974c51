// SPDX-License-Identifier: Apache-2.0
// Blobs into a content service (containerd.services.content.v1): how a client's own layout is filled over its session.
#ifndef WAYBILL_EXPORTER_BRIDGE_REMOTE_CONTENT_PUSHER_H_
#define WAYBILL_EXPORTER_BRIDGE_REMOTE_CONTENT_PUSHER_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <utility>

#include "oci/content/content.h"

namespace waybill::exporter::bridge::remote {

// Writes to the session's store `store_id`. The service verifies digest and size at the end of each blob. Thread-safe.
class ContentPusher : public oci::content::Pusher {
 public:
  // The channel is gRPC's own handle.
  ContentPusher(std::shared_ptr<grpc::ChannelInterface> channel, std::string store_id)
      : channel_(std::move(channel)), store_id_(std::move(store_id)) {}
  absl::StatusOr<bool> Exists(const oci::Context& context, const oci::Descriptor& descriptor) override;
  absl::Status Push(const oci::Context& context, oci::content::Blob blob) override;

 private:
  const std::shared_ptr<grpc::ChannelInterface> channel_;
  const std::string store_id_;
};

}  // namespace waybill::exporter::bridge::remote

#endif  // WAYBILL_EXPORTER_BRIDGE_REMOTE_CONTENT_PUSHER_H_
