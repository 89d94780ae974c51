// SPDX-License-Identifier: Apache-2.0
// How long the credentials of a build's user live: as long as one output, and for nobody else.
#include "exporter/bridge/outputs/session_outputs.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "exporter/request/options.h"
#include "gtest/gtest.h"
#include "oci/clock.h"
#include "oci/http/curl/curl_transport.h"
#include "oci/registry/testing/registry_fixture.h"
#include "oci/registry/testing/sample_image.h"
#include "proto/moby/filesync.grpc.pb.h"

namespace waybill::exporter::bridge::outputs {
namespace {

namespace filesync = moby::filesync::v1;
using oci::registry::testing::SampleImage;

// The session of one user, who has a password for every registry.
class User final : public filesync::Auth::Service {
 public:
  explicit User(std::string password) : password_(std::move(password)) {
    grpc::ServerBuilder builder;
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~User() override { server_->Shutdown(); }

  grpc::Status Credentials(grpc::ServerContext*, const filesync::CredentialsRequest*,
                           filesync::CredentialsResponse* response) override {
    ++asked_;
    response->set_username("user");
    response->set_secret(password_);
    return grpc::Status::OK;
  }
  ClientChannel channel() { return server_->InProcessChannel({}); }
  // How often the client was asked.
  int asked() const { return asked_; }

 private:
  const std::string password_;
  std::atomic<int> asked_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

class SessionOutputsTest : public oci::registry::testing::RegistryFixture {
 protected:
  SessionOutputsTest() {
    oci::registry::server::behavior::Behavior behavior;
    behavior.auth.scheme = oci::registry::server::behavior::AuthScheme::kBasic;
    behavior.auth.password = "right";
    Start(behavior);
  }
  absl::Status Push(User& user, const std::string& tag) {
    const SampleImage image = oci::registry::testing::MakeSampleImage({});
    const solve::TakenExporter exporter{.kind = solve::TakenKind::kRegistry,
                                        .options = {.type = request::ExporterType::kImage, .push = true}};
    const auto output = outputs_.Open(exporter, user.channel());
    if (!output.ok()) return output.status();
    const Image finished{.root = image.root,
                         .referrers = {},
                         .names = {absl::StrCat(registry().host(), "/app:", tag)},
                         .content = *image.store};
    return (*output)->Deliver({}, finished, exporter.options).status();
  }

  oci::SystemClock clock_;
  oci::http::curl::CurlTransport transport_{oci::http::curl::CurlTransport::Options{}};
  SessionOutputs outputs_{{.transport = transport_, .clock = clock_, .hosts = {}}};
};

TEST_F(SessionOutputsTest, NoUserPushesWithAnothersCredentials) {
  User right("right"), wrong("wrong");
  ASSERT_EQ(Push(right, "1"), absl::OkStatus());
  EXPECT_TRUE(absl::IsUnauthenticated(Push(wrong, "2")));
  EXPECT_GT(wrong.asked(), 0);
  EXPECT_EQ(registry().contents().Tags("app"), std::vector<std::string>{"1"});
}

TEST_F(SessionOutputsTest, EachOutputAsksItsClientAnew) {
  User user("right");
  ASSERT_EQ(Push(user, "1"), absl::OkStatus());
  const int asked = user.asked();
  EXPECT_GT(asked, 0);
  ASSERT_EQ(Push(user, "2"), absl::OkStatus());
  EXPECT_GT(user.asked(), asked);
}

}  // namespace
}  // namespace waybill::exporter::bridge::outputs
