// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/testing/fake_content.h"

#include <cstdint>

namespace waybill::exporter::bridge::testing {
namespace {

namespace wire = containerd::services::content::v1;

constexpr size_t kPiece = 1 << 20;

}  // namespace

grpc::Status FakeContent::Info(grpc::ServerContext* /*context*/, const wire::InfoRequest* request,
                               wire::InfoResponse* response) {
  const auto blob = blobs.find(request->digest());
  if (blob == blobs.end()) return {grpc::StatusCode::NOT_FOUND, "content " + request->digest() + ": not found"};
  response->mutable_info()->set_digest(request->digest());
  response->mutable_info()->set_size(static_cast<int64_t>(blob->second.size()));
  return grpc::Status::OK;
}

grpc::Status FakeContent::Read(grpc::ServerContext* /*context*/, const wire::ReadContentRequest* request,
                               grpc::ServerWriter<wire::ReadContentResponse>* writer) {
  const auto blob = blobs.find(request->digest());
  if (blob == blobs.end()) return {grpc::StatusCode::NOT_FOUND, "content " + request->digest() + ": not found"};
  for (size_t at = static_cast<size_t>(request->offset()); at < blob->second.size(); at += kPiece) {
    wire::ReadContentResponse response;
    response.set_offset(static_cast<int64_t>(at));
    response.set_data(blob->second.substr(at, kPiece));
    if (!writer->Write(response)) break;
  }
  return grpc::Status::OK;
}

grpc::Status WriteToSession(const std::shared_ptr<grpc::ChannelInterface>& session, const std::string& kind,
                            const std::string& digest, const std::string& bytes) {
  grpc::ClientContext context;
  context.AddMetadata("buildkit-attachable-store-id", "export");
  const auto stub = wire::Content::NewStub(session);
  const auto stream = stub->Write(&context);
  const int64_t size = static_cast<int64_t>(bytes.size());
  wire::WriteContentRequest requests[3];
  requests[0].set_ref(kind + "-" + digest);
  requests[1].set_action(wire::WRITE);
  requests[1].set_data(bytes);
  requests[2].set_action(wire::COMMIT);
  requests[2].set_offset(size);
  for (wire::WriteContentRequest* request : {&requests[0], &requests[2]}) {
    request->set_total(size);
    request->set_expected(digest);
  }
  wire::WriteContentResponse response;
  for (const wire::WriteContentRequest& request : requests) {
    if (!stream->Write(request) || !stream->Read(&response)) break;
  }
  stream->WritesDone();
  return stream->Finish();
}

}  // namespace waybill::exporter::bridge::testing
