// SPDX-License-Identifier: Apache-2.0
// The store into which the daemon writes an export (containerd.services.content.v1.Content/Write with the session's
// store "export"). Small documents are kept; of everything else it is said that it is here already, because the export
// pulls layers itself, and only those that the destination lacks.
#ifndef WAYBILL_EXPORTER_BRIDGE_DOCUMENT_WRITE_H_
#define WAYBILL_EXPORTER_BRIDGE_DOCUMENT_WRITE_H_

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "exporter/bridge/build.h"
#include "oci/digest.h"
#include "proto/containerd/services/content/v1/content.pb.h"

namespace waybill::exporter::bridge {

// One Write call. Owns itself. The build is shared with whoever else serves it; see Builds.
class DocumentWrite : public grpc::ServerGenericBidiReactor {
 public:
  explicit DocumentWrite(std::shared_ptr<Build> build) : build_(std::move(build)) { StartRead(&incoming_); }

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone() override { delete this; }

 private:
  using Request = containerd::services::content::v1::WriteContentRequest;
  using Response = containerd::services::content::v1::WriteContentResponse;

  // The answer to one request, or how the call ends.
  grpc::Status Take(Request& request, Response& response);
  grpc::Status TakeReference(const Request& request);
  grpc::Status Commit(const Request& request);

  const std::shared_ptr<Build> build_;
  grpc::ByteBuffer incoming_;
  grpc::ByteBuffer outgoing_;
  std::optional<oci::Digest> expected_;  // once the first request came
  int64_t total_ = 0;
  std::string bytes_;
  bool committed_ = false;
};

}  // namespace waybill::exporter::bridge

#endif  // WAYBILL_EXPORTER_BRIDGE_DOCUMENT_WRITE_H_
