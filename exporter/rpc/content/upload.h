// SPDX-License-Identifier: Apache-2.0
// One Content.Write call: each message waits for the answer to the one before.
#ifndef WAYBILL_EXPORTER_RPC_CONTENT_UPLOAD_H_
#define WAYBILL_EXPORTER_RPC_CONTENT_UPLOAD_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "exporter/rpc/client.h"
#include "exporter/rpc/content/peer.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/io/stream.h"

namespace waybill::exporter::rpc::content {

// Not thread-safe. Dropped without Close, the call is cancelled; the service may keep what it has.
class Upload : public oci::io::Writer {
 public:
  Upload(const oci::Context& context, const Peer& peer);
  ~Upload() override;

  // The offset to go on from: the bytes before it are there. Before the first Write.
  absl::StatusOr<int64_t> Begin(const std::string& ref, const oci::Descriptor& descriptor);
  absl::Status Write(absl::string_view bytes) override;
  // Commits.
  absl::Status Close() override;

 private:
  absl::Status Send(::containerd::services::content::v1::WriteAction action);
  absl::Status Ask(const ::containerd::services::content::v1::WriteContentRequest& request);
  absl::Status Finish();

  ClientCall call_;
  std::unique_ptr<grpc::ClientReaderWriter<::containerd::services::content::v1::WriteContentRequest,
                                           ::containerd::services::content::v1::WriteContentResponse>>
      stream_;
  ::containerd::services::content::v1::WriteContentResponse response_;
  std::string pending_;
  int64_t offset_ = 0;
  bool finished_ = false;
};

}  // namespace waybill::exporter::rpc::content

#endif  // WAYBILL_EXPORTER_RPC_CONTENT_UPLOAD_H_
