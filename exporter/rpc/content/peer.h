// SPDX-License-Identifier: Apache-2.0
// The service that a content client calls, and what every call to it carries.
#ifndef WAYBILL_EXPORTER_RPC_CONTENT_PEER_H_
#define WAYBILL_EXPORTER_RPC_CONTENT_PEER_H_

#include <memory>
#include <string>

#include "exporter/rpc/client.h"
#include "proto/containerd/services/content/v1/content.grpc.pb.h"

namespace waybill::exporter::rpc::content {

struct Peer {
  std::unique_ptr<::containerd::services::content::v1::Content::Stub> stub;  // thread-safe
  std::string store_id;                                                      // "" for none

  // Once for each call, before it starts.
  void Address(ClientCall& call) const {
    if (!store_id.empty()) call.grpc().AddMetadata("buildkit-attachable-store-id", store_id);
  }
};

}  // namespace waybill::exporter::rpc::content

#endif  // WAYBILL_EXPORTER_RPC_CONTENT_PEER_H_
