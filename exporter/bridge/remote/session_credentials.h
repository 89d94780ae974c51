// SPDX-License-Identifier: Apache-2.0
// Registry credentials of the user who builds, asked for over the client's session (moby.filesync.v1.Auth). Tokens are
// fetched by the client, so that its secrets stay with it; without that (BUILDKIT_NO_CLIENT_TOKEN, older clients), and
// for Basic authentication, it is asked for user and password.
#ifndef WAYBILL_EXPORTER_BRIDGE_REMOTE_SESSION_CREDENTIALS_H_
#define WAYBILL_EXPORTER_BRIDGE_REMOTE_SESSION_CREDENTIALS_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <utility>

#include "oci/clock.h"
#include "oci/registry/auth/credentials.h"

namespace waybill::exporter::bridge::remote {

// A client without an Auth service is anonymous: the bridge's own credentials are not its users'. Keeps nothing; made
// for one export. Thread-safe.
class SessionCredentials : public oci::registry::auth::CredentialSource {
 public:
  // The channel is gRPC's own handle.
  SessionCredentials(std::shared_ptr<grpc::ChannelInterface> session, oci::Clock& clock)
      : session_(std::move(session)), clock_(clock) {}
  absl::StatusOr<oci::registry::auth::FoundCredentials> Find(const oci::Context& context, absl::string_view host,
                                                             absl::string_view repository, bool fresh) override;
  // Errors: UNAUTHENTICATED with the client's words when the token server refuses what the client has.
  absl::StatusOr<std::optional<oci::registry::auth::GrantedToken>> FetchToken(
      const oci::Context& context, absl::string_view host, const oci::registry::auth::TokenQuery& query) override;

 private:
  const std::shared_ptr<grpc::ChannelInterface> session_;
  oci::Clock& clock_;
};

}  // namespace waybill::exporter::bridge::remote

#endif  // WAYBILL_EXPORTER_BRIDGE_REMOTE_SESSION_CREDENTIALS_H_
