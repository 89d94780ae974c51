// SPDX-License-Identifier: Apache-2.0
// A build client's Auth service, as those of buildctl and buildx answer, and clients that offer less of it.
#include "exporter/bridge/remote/session_credentials.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "oci/clock.h"
#include "oci/context.h"
#include "oci/error.h"
#include "proto/moby/filesync.grpc.pb.h"

namespace waybill::exporter::bridge::remote {
namespace {

namespace filesync = moby::filesync::v1;
using oci::Reason;
using oci::registry::auth::TokenQuery;

constexpr char kSecret[] = "s3cret";

class FakeAuth : public filesync::Auth::Service {
 public:
  grpc::Status authority = grpc::Status::OK;
  grpc::Status token = grpc::Status::OK;
  grpc::Status credentials = grpc::Status::OK;
  std::string granted = "t0ken";
  filesync::FetchTokenRequest asked;
  int tokens = 0;

  grpc::Status GetTokenAuthority(grpc::ServerContext*, const filesync::GetTokenAuthorityRequest* request,
                                 filesync::GetTokenAuthorityResponse* response) override {
    if (request->salt().empty()) return {grpc::StatusCode::UNKNOWN, "no salt"};
    response->set_public_key(std::string(32, 'k'));
    return authority;
  }
  grpc::Status FetchToken(grpc::ServerContext*, const filesync::FetchTokenRequest* request,
                          filesync::FetchTokenResponse* response) override {
    ++tokens;
    asked = *request;
    response->set_token(granted);
    response->set_expires_in(300);
    return token;
  }
  grpc::Status Credentials(grpc::ServerContext*, const filesync::CredentialsRequest* request,
                           filesync::CredentialsResponse* response) override {
    if (request->host() == "registry-1.docker.io") response->set_username("hub");
    if (request->host() != "none.example") response->set_secret(kSecret);
    return credentials;
  }
};

class SessionCredentialsTest : public testing::Test {
 protected:
  SessionCredentialsTest() : SessionCredentialsTest(true) {}
  explicit SessionCredentialsTest(bool offered) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    if (offered) {
      builder.RegisterService(&auth_);
    } else {
      builder.RegisterService(&other_);
    }
    server_ = builder.BuildAndStart();
    source_ = std::make_unique<SessionCredentials>(
        grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()), clock_);
  }
  auto Fetch(const std::string& host = "ghcr.io") { return source_->FetchToken({}, host, kQuery); }

  const TokenQuery kQuery{.realm = "https://ghcr.io/token",
                          .service = "ghcr.io",
                          .scopes = {"repository:a:pull,push", "repository:b:pull"}};
  FakeAuth auth_;
  filesync::FileSend::Service other_;
  std::unique_ptr<grpc::Server> server_;
  oci::SystemClock clock_;
  std::unique_ptr<SessionCredentials> source_;
};

class NoAuthTest : public SessionCredentialsTest {
 protected:
  NoAuthTest() : SessionCredentialsTest(false) {}
};

TEST_F(SessionCredentialsTest, UserAndPasswordOrAnIdentityTokenOrNothing) {
  const auto hub = source_->Find({}, "docker.io", "library/x", false);
  ASSERT_TRUE(hub.ok()) << hub.status();
  EXPECT_EQ(hub->credentials.username, "hub");
  EXPECT_EQ(hub->credentials.password, kSecret);
  EXPECT_EQ(hub->origin, "the build client's session");
  EXPECT_EQ(source_->Find({}, "ghcr.io", "x", false)->credentials.identity_token, kSecret);
  EXPECT_TRUE(source_->Find({}, "none.example", "x", false)->credentials.empty());
}

TEST_F(SessionCredentialsTest, CredentialsThatTheClientCannotGive) {
  auth_.credentials = {grpc::StatusCode::UNKNOWN, "docker-credential-x: exit status 1"};
  const absl::Status status = source_->Find({}, "ghcr.io", "x", false).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnknown);
  EXPECT_EQ(status.message(),
            "credentials for ghcr.io from the build client's session: docker-credential-x: exit status 1");
}

TEST_F(SessionCredentialsTest, TheClientFetchesTheToken) {
  const auto granted = Fetch();
  ASSERT_TRUE(granted.ok()) << granted.status();
  ASSERT_TRUE(granted->has_value());
  EXPECT_EQ((*granted)->value, "t0ken");
  EXPECT_EQ((*granted)->lifetime, absl::Minutes(5));
  EXPECT_EQ((*granted)->origin, "the build client's session");
  EXPECT_EQ(auth_.asked.host(), "ghcr.io");
  EXPECT_EQ(auth_.asked.realm(), kQuery.realm);
  EXPECT_EQ(auth_.asked.service(), kQuery.service);
  EXPECT_EQ(std::vector<std::string>(auth_.asked.scopes().begin(), auth_.asked.scopes().end()), kQuery.scopes);
  ASSERT_TRUE(Fetch("docker.io").ok());
  EXPECT_EQ(auth_.asked.host(), "registry-1.docker.io");
}

TEST_F(SessionCredentialsTest, ClientsThatDoNotFetchTokens) {
  for (const grpc::StatusCode code : {grpc::StatusCode::UNIMPLEMENTED, grpc::StatusCode::UNAVAILABLE}) {
    auth_.authority = {code, "client side tokens disabled"};
    auth_.token = grpc::Status::OK;
    auto granted = Fetch();
    ASSERT_TRUE(granted.ok()) << granted.status();
    EXPECT_FALSE(granted->has_value());
    EXPECT_EQ(auth_.tokens, 0);
  }
  auth_.authority = grpc::Status::OK;
  auth_.token = {grpc::StatusCode::UNIMPLEMENTED, "unknown method FetchToken"};
  const auto granted = Fetch();
  ASSERT_TRUE(granted.ok()) << granted.status();
  EXPECT_FALSE(granted->has_value());
}

TEST_F(SessionCredentialsTest, ATokenThatIsRefusedIsAnErrorOfCredentials) {
  auth_.token = {grpc::StatusCode::UNKNOWN, "failed to fetch oauth token: 401 Unauthorized"};
  const absl::Status status = Fetch().status();
  EXPECT_EQ(oci::ReasonOf(status), Reason::kAuth);
  EXPECT_EQ(status.message(),
            "token for repository:a:pull,push repository:b:pull (credentials: the build client's session): "
            "failed to fetch oauth token: 401 Unauthorized");
  auth_.token = grpc::Status::OK;
  auth_.granted = "";
  EXPECT_EQ(oci::ReasonOf(Fetch().status()), Reason::kAuth);
  auth_.authority = {grpc::StatusCode::UNKNOWN, "mkdir: read-only file system"};
  EXPECT_TRUE(absl::StrContains(Fetch().status().message(), "session): mkdir: read-only file system"));
}

// Clients quote token servers and helpers as they please.
TEST_F(SessionCredentialsTest, SecretsThatAClientQuotesAreNotShown) {
  for (const grpc::StatusCode code : {grpc::StatusCode::UNKNOWN, grpc::StatusCode::UNAUTHENTICATED}) {
    auth_.token = auth_.credentials = {code,
                                       "GET https://user:hunter2@ghcr.io/token?password=hunter2: sent "
                                       "Authorization: Basic hunter2, Bearer hunter2: 401"};
    for (const absl::Status& status : {Fetch().status(), source_->Find({}, "ghcr.io", "a", false).status()}) {
      EXPECT_TRUE(absl::StrContains(status.message(), "ghcr.io/token?password=...")) << status;
      EXPECT_FALSE(absl::StrContains(status.ToString(), "hunter2")) << status;
    }
  }
}

TEST_F(SessionCredentialsTest, AStoppedContextStopsAsking) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(
      absl::IsCancelled(source_->FetchToken(oci::Context().WithStop(stop.get_token()), "ghcr.io", kQuery).status()));
}

TEST_F(NoAuthTest, IsAnonymous) {
  const auto found = source_->Find({}, "ghcr.io", "x", false);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_TRUE(found->credentials.empty());
  const auto granted = Fetch();
  ASSERT_TRUE(granted.ok()) << granted.status();
  EXPECT_FALSE(granted->has_value());
}

}  // namespace
}  // namespace waybill::exporter::bridge::remote
