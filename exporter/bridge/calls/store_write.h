// SPDX-License-Identifier: Apache-2.0
// The store into which the daemon writes an export (containerd.services.content.v1.Content/Write with the session's
// store "export"). Small documents are kept. Of a layer it is said that it is here already when the daemon gives it to
// read, because the export then pulls it, and only if the destination lacks it; other layers are received.
#ifndef WAYBILL_EXPORTER_BRIDGE_CALLS_STORE_WRITE_H_
#define WAYBILL_EXPORTER_BRIDGE_CALLS_STORE_WRITE_H_

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "exporter/bridge/builds/build.h"
#include "exporter/bridge/builds/builds.h"
#include "exporter/rpc/server_call.h"
#include "oci/content/content.h"
#include "proto/containerd/services/content/v1/content.pb.h"

namespace waybill::exporter::bridge::calls {

// One Write call: a request, its answer, and so on. Owns itself.
class StoreWrite final : public rpc::ServerCall<grpc::ServerGenericBidiReactor> {
 public:
  // The build is shared with whoever else serves it; see Builds.
  StoreWrite(const grpc::CallbackServerContext& call, builds::Builds& builds, std::shared_ptr<builds::Build> build)
      : ServerCall(call), builds_(builds), build_(std::move(build)) {
    StartRead(&message_);
  }

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;

 private:
  // What the first request says about the blob. Does not block.
  absl::Status Begin();
  // Carries out a request, for a layer on a thread that may block.
  void Answer();
  absl::Status Apply();
  absl::Status Open();
  absl::Status Write();
  // Drops what is not committed.
  void Close(const absl::Status& status);

  builds::Builds& builds_;
  const std::shared_ptr<builds::Build> build_;
  grpc::ByteBuffer message_;
  containerd::services::content::v1::WriteContentRequest request_;
  containerd::services::content::v1::WriteContentResponse response_;
  oci::content::Expected expected_;  // empty before the first request
  bool layer_ = false;
  std::unique_ptr<oci::content::BlobWriter> writer_;
  int64_t offset_ = 0;
  bool committed_ = false;
};

}  // namespace waybill::exporter::bridge::calls

#endif  // WAYBILL_EXPORTER_BRIDGE_CALLS_STORE_WRITE_H_
