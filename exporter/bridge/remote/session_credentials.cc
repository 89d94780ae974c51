// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/remote/session_credentials.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "exporter/rpc/client.h"
#include "oci/error.h"
#include "oci/http/redact.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"
#include "proto/moby/filesync.grpc.pb.h"

namespace waybill::exporter::bridge::remote {
namespace {

namespace wire = moby::filesync::v1;

constexpr absl::Duration kTimeout = absl::Seconds(60);
constexpr char kOrigin[] = "the build client's session";
// What a client answers whose tokens are somebody else's to fetch.
bool NotOffered(const absl::Status& status) { return absl::IsUnimplemented(status) || absl::IsUnavailable(status); }

// The name under which docker's tools keep Docker Hub's credentials apart from its image names.
std::string SessionHost(absl::string_view host) {
  return std::string(host == "docker.io" ? absl::string_view("registry-1.docker.io") : host);
}

oci::Context Limited(const oci::Context& context, oci::Clock& clock) {
  return context.WithDeadline(clock.Now() + kTimeout);
}

// Whether the client fetches tokens for the host. The key that it answers with is for daemons that share tokens between
// sessions; here none outlives its own, so that any salt will do.
absl::StatusOr<bool> FetchesTokens(const oci::Context& context, wire::Auth::Stub& client, const std::string& host) {
  rpc::ClientCall call(context);
  wire::GetTokenAuthorityRequest request;
  wire::GetTokenAuthorityResponse response;
  request.set_host(host);
  request.set_salt("waybill");
  const absl::Status status = call.ToStatus(client.GetTokenAuthority(&call.grpc(), request, &response));
  if (NotOffered(status)) return false;
  ABSL_RETURN_IF_ERROR(status);
  return !response.public_key().empty();
}

// A client quotes what its token servers and credential helpers said.
absl::Status Redacted(const absl::Status& status) {
  absl::Status redacted(status.code(), oci::http::RedactText(status.message(), oci::words::kMaxQuotedBytes));
  status.ForEachPayload([&](absl::string_view type, const absl::Cord& value) { redacted.SetPayload(type, value); });
  return redacted;
}

absl::Status TokenError(const absl::Status& said, const oci::registry::auth::TokenQuery& query) {
  const absl::Status status = Redacted(said);
  const std::string context =
      absl::StrCat("token for ", absl::StrJoin(query.scopes, " "), " (credentials: ", kOrigin, ")");
  // Clients wrap what the token server said and leave the code at "unknown".
  if (!absl::IsUnknown(status)) return oci::Annotate(status, context);
  return oci::MakeError(oci::Reason::kAuth, absl::StrCat(context, ": ", status.message()));
}

}  // namespace

absl::StatusOr<oci::registry::auth::FoundCredentials> SessionCredentials::Find(const oci::Context& context,
                                                                               absl::string_view host,
                                                                               absl::string_view /*repository*/,
                                                                               bool /*fresh*/) {
  rpc::ClientCall call(Limited(context, clock_));
  wire::CredentialsRequest request;
  wire::CredentialsResponse response;
  request.set_host(SessionHost(host));
  const absl::Status status =
      call.ToStatus(wire::Auth::NewStub(session_)->Credentials(&call.grpc(), request, &response));
  oci::registry::auth::FoundCredentials found{.credentials = {}, .origin = kOrigin};
  if (absl::IsUnimplemented(status)) return found;
  ABSL_RETURN_IF_ERROR(oci::Annotate(Redacted(status), absl::StrCat("credentials for ", host, " from ", kOrigin)));
  if (response.username().empty()) {
    found.credentials.identity_token = response.secret();
  } else {
    found.credentials.username = response.username();
    found.credentials.password = response.secret();
  }
  return found;
}

absl::StatusOr<std::optional<oci::registry::auth::GrantedToken>> SessionCredentials::FetchToken(
    const oci::Context& context, absl::string_view host, const oci::registry::auth::TokenQuery& query) {
  const std::unique_ptr<wire::Auth::Stub> client = wire::Auth::NewStub(session_);
  const oci::Context limited = Limited(context, clock_);
  const absl::StatusOr<bool> fetches = FetchesTokens(limited, *client, SessionHost(host));
  if (!fetches.ok()) return TokenError(fetches.status(), query);
  if (!*fetches) return std::nullopt;
  rpc::ClientCall call(limited);
  wire::FetchTokenRequest request;
  wire::FetchTokenResponse response;
  request.set_client_id("waybill");
  request.set_host(SessionHost(host));
  request.set_realm(query.realm);
  request.set_service(query.service);
  for (const std::string& scope : query.scopes) request.add_scopes(scope);
  const absl::Status status = call.ToStatus(client->FetchToken(&call.grpc(), request, &response));
  if (NotOffered(status)) return std::nullopt;
  if (!status.ok()) return TokenError(status, query);
  if (response.token().empty()) return TokenError(absl::UnknownError("the client gave an empty one"), query);
  return oci::registry::auth::GrantedToken{
      .value = response.token(), .lifetime = absl::Seconds(response.expires_in()), .origin = kOrigin};
}

}  // namespace waybill::exporter::bridge::remote
