// SPDX-License-Identifier: Apache-2.0
// Registry credentials of the user who builds, asked for over the client's session.
#ifndef WAYBILL_EXPORTER_BRIDGE_REMOTE_SESSION_CREDENTIALS_H_
#define WAYBILL_EXPORTER_BRIDGE_REMOTE_SESSION_CREDENTIALS_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <utility>

#include "oci/registry/credentials.h"

namespace waybill::exporter::bridge::remote {

// A client without an Auth service is anonymous. Keeps nothing; made for one export. Thread-safe.
class SessionCredentials : public oci::registry::CredentialSource {
 public:
  // The channel is gRPC's own handle.
  explicit SessionCredentials(std::shared_ptr<grpc::ChannelInterface> session) : session_(std::move(session)) {}
  absl::StatusOr<oci::registry::FoundCredentials> Find(const oci::Context& context, absl::string_view host,
                                                       absl::string_view repository, bool fresh) override;

 private:
  const std::shared_ptr<grpc::ChannelInterface> session_;
};

}  // namespace waybill::exporter::bridge::remote

#endif  // WAYBILL_EXPORTER_BRIDGE_REMOTE_SESSION_CREDENTIALS_H_
