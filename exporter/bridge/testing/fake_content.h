// SPDX-License-Identifier: Apache-2.0
// A daemon's content store, read-only as BuildKit offers it.
#ifndef WAYBILL_EXPORTER_BRIDGE_TESTING_FAKE_CONTENT_H_
#define WAYBILL_EXPORTER_BRIDGE_TESTING_FAKE_CONTENT_H_

#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <string>

#include "proto/containerd/services/content/v1/content.grpc.pb.h"

namespace waybill::exporter::bridge::testing {

// A gRPC service for a server of the test's.
class FakeContent : public containerd::services::content::v1::Content::Service {
 public:
  std::map<std::string, std::string> blobs;  // by digest; not to be changed while calls run

  grpc::Status Info(grpc::ServerContext* context, const containerd::services::content::v1::InfoRequest* request,
                    containerd::services::content::v1::InfoResponse* response) override;
  grpc::Status Read(grpc::ServerContext* context, const containerd::services::content::v1::ReadContentRequest* request,
                    grpc::ServerWriter<containerd::services::content::v1::ReadContentResponse>* writer) override;
};

// As the daemon writes one blob of an export into a session's store.
grpc::Status WriteToSession(const std::shared_ptr<grpc::ChannelInterface>& session, const std::string& kind,
                            const std::string& digest, const std::string& bytes);

}  // namespace waybill::exporter::bridge::testing

#endif  // WAYBILL_EXPORTER_BRIDGE_TESTING_FAKE_CONTENT_H_
