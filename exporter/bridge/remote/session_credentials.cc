// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/remote/session_credentials.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "exporter/bridge/remote/remote_call.h"
#include "oci/error.h"
#include "oci/status_macros.h"
#include "proto/moby/filesync.grpc.pb.h"

namespace waybill::exporter::bridge::remote {
namespace {

namespace wire = moby::filesync::v1;

constexpr absl::Duration kTimeout = absl::Seconds(60);
constexpr char kOrigin[] = "the build client's session";

// The name under which docker's tools keep Docker Hub's credentials apart from its image names.
std::string SessionHost(absl::string_view host) {
  return std::string(host == "docker.io" ? absl::string_view("registry-1.docker.io") : host);
}

}  // namespace

absl::StatusOr<oci::registry::FoundCredentials> SessionCredentials::Find(const oci::Context& context,
                                                                         absl::string_view host,
                                                                         absl::string_view /*repository*/,
                                                                         bool /*fresh*/) {
  RemoteCall call(context.WithDeadline(absl::Now() + kTimeout));
  wire::CredentialsRequest request;
  wire::CredentialsResponse response;
  request.set_host(SessionHost(host));
  const absl::Status status = FromGrpc(wire::Auth::NewStub(session_)->Credentials(&call.grpc(), request, &response));
  oci::registry::FoundCredentials found{.origin = kOrigin};
  if (absl::IsUnimplemented(status)) return found;
  ABSL_RETURN_IF_ERROR(oci::Annotate(status, absl::StrCat("credentials for ", host, " from ", kOrigin)));
  if (response.username().empty()) {
    found.credentials.identity_token = response.secret();
  } else {
    found.credentials.username = response.username();
    found.credentials.password = response.secret();
  }
  return found;
}

}  // namespace waybill::exporter::bridge::remote
