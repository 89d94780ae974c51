// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/transfer/repository.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/content/testing/conformance.h"
#include "oci/error.h"
#include "oci/http/curl/curl_transport.h"
#include "oci/http/testing/scripted_server.h"
#include "oci/registry/client.h"
#include "oci/registry/testing/registry_fixture.h"

namespace waybill::oci::registry::transfer {
namespace {

using content::testing::ConformanceCase;
using content::testing::ConformanceTest;
using content::testing::NamesTest;

struct Remote {
  std::unique_ptr<server::RegistryServer> registry;
  http::curl::CurlTransport transport{http::curl::CurlTransport::Options{}};
  testing::FixedCredentials credentials{auth::Credentials{}};
  testing::SimulatedClock clock;
  std::unique_ptr<Client> client;
  std::unique_ptr<Repository> repository;
};

content::testing::Implementation MakeImplementation(const server::behavior::Behavior& behavior) {
  auto remote = std::make_shared<Remote>();
  remote->registry = *server::RegistryServer::Start({.behavior = behavior});
  remote->client =
      std::make_unique<Client>(Host::Deps{remote->transport, remote->credentials, remote->clock}, Client::Options{});
  remote->repository = std::make_unique<Repository>(**remote->client->HostFor(remote->registry->host(), false), "app");
  content::testing::Implementation implementation{
      .fetcher = remote->repository.get(), .pusher = remote->repository.get(), .tagger = remote->repository.get()};
  implementation.visible = [remote = remote.get()] {
    std::vector<std::string> stored;
    for (const server::wire::LoggedRequest& request : remote->registry->log().All()) {
      if (request.status == 201) stored.push_back(request.method + " " + request.target);
    }
    return stored;
  };
  implementation.owner = remote;
  return implementation;
}

server::behavior::Behavior SessionsOnly() {
  server::behavior::Behavior behavior;
  behavior.uploads.single_post = server::behavior::SinglePost::kSessionOnly;
  return behavior;
}

const auto kUploads = ::testing::Values(ConformanceCase{"SinglePost", [] { return MakeImplementation({}); }},
                                        ConformanceCase{"Sessions", [] { return MakeImplementation(SessionsOnly()); }});
INSTANTIATE_TEST_SUITE_P(Repository, ConformanceTest, kUploads, content::testing::CaseName);
INSTANTIATE_TEST_SUITE_P(Repository, NamesTest, kUploads, content::testing::CaseName);

using RepositoryTest = testing::RegistryFixture;

TEST_F(RepositoryTest, ResolvesTagsAndDigests) {
  Start({});
  const testing::SampleImage image = testing::MakeSampleImage({.platforms = 2});
  ASSERT_TRUE(PushSample(image, {"1"}).ok());
  Repository repository(host(), "app");
  const auto by_tag = repository.Resolve(context(), "1");
  ASSERT_TRUE(by_tag.ok()) << by_tag.status();
  EXPECT_EQ(*by_tag, image.root);
  EXPECT_EQ(*repository.Resolve(context(), image.root.digest.ToString()), image.root);
  const auto missing = repository.Resolve(context(), "2");
  EXPECT_EQ(ReasonOf(missing.status()), Reason::kNotFound);
  EXPECT_EQ(missing.status().message(), registry().host() + "/app has no manifest 2");
}

TEST_F(RepositoryTest, BlobsFollowRedirectsAndRanges) {
  server::behavior::Behavior behavior;
  behavior.uploads.redirect_blobs = true;
  Start(behavior);
  const std::string bytes = "0123456789";
  ASSERT_TRUE(registry().contents().AddBlob("app", bytes).ok());
  Repository repository(host(), "app");
  const auto source = repository.Fetch(context(), {.digest = Digest::Of(bytes), .size = 10});
  ASSERT_TRUE(source.ok()) << source.status();
  for (const int64_t offset : {0, 4, 10, 0}) {
    const auto reader = (*source)->Open(context(), offset);
    ASSERT_TRUE(reader.ok()) << reader.status();
    EXPECT_EQ(*io::ReadAll(context(), **reader, 100), bytes.substr(offset));
  }
}

// As an archive does it: sources are collected by workers that have ended when the bytes are taken.
TEST_F(RepositoryTest, ASourceOutlivesTheContextThatFetchedIt) {
  Start({});
  const std::string bytes = "0123456789";
  ASSERT_TRUE(registry().contents().AddBlob("app", bytes).ok());
  Repository repository(host(), "app");
  std::unique_ptr<io::Source> source;
  {
    LinkedStop stop(context());
    auto fetched = repository.Fetch(stop.context(), {.digest = Digest::Of(bytes), .size = 10});
    ASSERT_TRUE(fetched.ok()) << fetched.status();
    source = *std::move(fetched);
    stop.Request();
  }
  const auto read = io::ReadAll(context(), *source, 100);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, bytes);
  const std::string target = " /v2/app/blobs/" + Digest::Of(bytes).ToString() + " 200\n";
  EXPECT_EQ(registry().log().ToString(), "HEAD" + target + "GET" + target);
}

TEST_F(RepositoryTest, AReaderGoesOnAfterAConnectionThatBreaks) {
  server::behavior::Behavior behavior;
  behavior.faults = {{.kind = server::behavior::FaultKind::kTruncate,
                      .where = server::wire::RequestClass::kBlobGet,
                      .times = 2,
                      .at = 1000}};
  Start(behavior);
  std::string bytes(5000, 'a');
  bytes[1000] = 'b';
  bytes[2000] = 'c';
  ASSERT_TRUE(registry().contents().AddBlob("app", bytes).ok());
  Repository repository(host(), "app");
  const auto source = repository.Fetch(context(), {.digest = Digest::Of(bytes), .size = 5000});
  ASSERT_TRUE(source.ok()) << source.status();
  const auto read = io::ReadAll(context(), **source, 10'000);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_TRUE(*read == bytes);
}

// A client that asks the server with a user and a password, in the words of the configuration.
class ScriptedHost {
 public:
  explicit ScriptedHost(std::string domain, config::HostConfig config = {})
      : client_({transport_, credentials_, clock_}, {.configure = [config](absl::string_view) { return config; }}),
        repository_(**client_.HostFor(domain, /*insecure=*/false), "app") {}
  Repository& repository() { return repository_; }

 private:
  http::curl::CurlTransport transport_{http::curl::CurlTransport::Options{}};
  testing::FixedCredentials credentials_{auth::Credentials{.username = "user", .password = "hunter2"}};
  testing::SimulatedClock clock_;
  Client client_;
  Repository repository_;
};

std::string Domain(const http::testing::ScriptedServer& server) { return absl::StrCat("127.0.0.1:", server.port()); }

// CVE-2020-15157 (containerd), on the wire.
TEST_F(RepositoryTest, StorageThatAsksForCredentialsGetsNone) {
  using http::testing::Exchange;
  std::string realm;
  http::testing::ScriptedServer storage([&realm](Exchange& exchange) {
    if (exchange.request.target != "/blob") return exchange.Reply(200, {}, R"({"token":"t"})");
    exchange.Reply(401, {{"WWW-Authenticate", absl::StrCat("Bearer realm=\"", realm, "\"")}}, "");
  });
  realm = storage.url("/token");
  const http::testing::ScriptedServer server([&storage](Exchange& exchange) {
    if (!exchange.request.headers.Find("Authorization").has_value()) {
      return exchange.Reply(401, {{"WWW-Authenticate", "Basic realm=\"registry\""}}, "");
    }
    if (exchange.request.method == "HEAD") return exchange.Reply(200, {}, "0123456789");
    exchange.Reply(307, {{"Location", storage.url("/blob")}}, "");
  });
  ScriptedHost host(Domain(server));
  const auto source = host.repository().Fetch(context(), {.digest = Digest::Of("0123456789"), .size = 10});
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ(ReasonOf((*source)->Open(context(), 0).status()), Reason::kAuth);
  for (const auto& request : storage.requests()) {
    EXPECT_EQ(request.target, "/blob");
    EXPECT_EQ(request.headers.Find("Authorization"), std::nullopt);
  }
  EXPECT_FALSE(storage.requests().empty());
}

TEST_F(RepositoryTest, PlainHttpWithoutTheSwitchIsSaidAtOnce) {
  const http::testing::ScriptedServer server([](auto& exchange) { exchange.Reply(200, {}, ""); });
  ScriptedHost host(Domain(server), {.plain_http = false});
  const absl::Status status = host.repository().Resolve(context(), "1").status();
  EXPECT_EQ(ReasonOf(status), Reason::kNetwork);
  EXPECT_EQ(status.message(), absl::StrCat("GET https://", Domain(server),
                                           "/v2/app/manifests/1: the server speaks plain HTTP; \"http\" in the "
                                           "configuration or registry.insecure=true helps"));
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(RepositoryTest, ALoopbackPortThatNobodyListensOnIsNamedAsItWasTried) {
  std::string domain;
  {
    const http::testing::ScriptedServer gone([](auto&) {});
    domain = Domain(gone);
  }
  ScriptedHost host(domain);
  const absl::Status status = host.repository().Resolve(context(), "1").status();
  EXPECT_EQ(http::FailureOf(status), http::kFailureConnect);
  const std::string expected = absl::StrCat("GET http://", domain, "/v2/app/manifests/1: ");
  EXPECT_EQ(status.message().substr(0, expected.size()), expected);
}

TEST_F(RepositoryTest, AReaderGivesUpOnAConnectionThatBreaksEachTime) {
  server::behavior::Behavior behavior;
  behavior.faults = {
      {.kind = server::behavior::FaultKind::kTruncate, .where = server::wire::RequestClass::kBlobGet, .at = 0}};
  Start(behavior);
  const std::string bytes = "0123456789";
  ASSERT_TRUE(registry().contents().AddBlob("app", bytes).ok());
  Repository repository(host(), "app");
  const auto source = repository.Fetch(context(), {.digest = Digest::Of(bytes), .size = 10});
  ASSERT_TRUE(source.ok()) << source.status();
  const auto read = io::ReadAll(context(), **source, 100);
  EXPECT_EQ(ReasonOf(read.status()), Reason::kNetwork) << read.status();
}

}  // namespace
}  // namespace waybill::oci::registry::transfer
