// SPDX-License-Identifier: Apache-2.0
// Each fault, as a plain client sees it.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "oci/registry/server/behavior/fault_text.h"
#include "oci/registry/server/registry_server.h"
#include "oci/registry/testing/test_client.h"

namespace waybill::oci::registry::server {
namespace {

constexpr char kHelloDigest[] = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
const char* const kHelloBlob = "/v2/a/blobs/sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

class FaultsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    RegistryServer::Options options;
    options.sleeper = [this](const Context&, absl::Duration duration) { slept_ += duration; };
    registry_ = *RegistryServer::Start(options);
    ASSERT_TRUE(registry_->contents().AddBlob("a", "hello").ok());
    client_ = std::make_unique<testing::TestClient>(registry_->host());
  }
  void Inject(const std::vector<std::string>& faults) {
    behavior::Behavior behavior;
    for (const std::string& text : faults) behavior.faults.push_back(*behavior::ParseFault(text));
    registry_->SetBehavior(behavior);
  }

  absl::Duration slept_;
  std::unique_ptr<RegistryServer> registry_;
  std::unique_ptr<testing::TestClient> client_;
};

TEST_F(FaultsTest, StatusForTheFirstMatchingRequests) {
  Inject({"status=429@blob-get,times=2,retry-after=3,code=TOOMANYREQUESTS"});
  EXPECT_EQ(client_->Do("HEAD", kHelloBlob).status, 200);
  for (int i = 0; i < 2; ++i) {
    testing::Reply reply = client_->Do("GET", kHelloBlob);
    EXPECT_EQ(reply.status, 429);
    EXPECT_EQ(reply.headers["retry-after"], "3");
    EXPECT_NE(reply.body.find("TOOMANYREQUESTS"), std::string::npos);
  }
  EXPECT_EQ(client_->Do("GET", kHelloBlob).status, 200);
  EXPECT_EQ(registry_->faults_hit(), 2);
}

TEST_F(FaultsTest, SkipLetsRequestsPassFirst) {
  Inject({"status=500@blob-get,skip=1,times=1"});
  EXPECT_EQ(client_->Do("GET", kHelloBlob).status, 200);
  testing::Reply reply = client_->Do("GET", kHelloBlob);
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.headers["content-type"], "text/html; charset=utf-8");
  EXPECT_EQ(client_->Do("GET", kHelloBlob).status, 200);
}

TEST_F(FaultsTest, HitsEachSoManyth) {
  Inject({"status=429@blob-get,skip=1,every=2,times=2"});
  std::vector<int> statuses;
  for (int i = 0; i < 8; ++i) statuses.push_back(client_->Do("GET", kHelloBlob).status);
  EXPECT_EQ(statuses, (std::vector<int>{200, 200, 429, 200, 429, 200, 200, 200}));
}

TEST_F(FaultsTest, DropsConnections) {
  Inject({"drop@blob-get,times=1"});
  const testing::Reply reply = client_->Do("GET", kHelloBlob);
  EXPECT_TRUE(reply.transport == CURLE_RECV_ERROR || reply.transport == CURLE_GOT_NOTHING) << reply.transport;
  EXPECT_EQ(registry_->log().All().back().status, 0);
  EXPECT_EQ(client_->Do("GET", kHelloBlob).status, 200);
}

TEST_F(FaultsTest, DropsInTheMiddleOfABody) {
  Inject({"drop=100000@upload-put,times=1"});
  const testing::Reply reply = client_->PushBlob("a", std::string(10 << 20, 'x'));
  EXPECT_NE(reply.transport, CURLE_OK);
  EXPECT_EQ(registry_->log().All().back().body_bytes, 100000);
}

TEST_F(FaultsTest, LosesTheAnswerOnly) {
  Inject({"drop-answer@upload-put"});
  EXPECT_NE(client_->PushBlob("b", "hello").transport, CURLE_OK);
  EXPECT_TRUE(registry_->contents().HasBlob("b", *Digest::Parse(kHelloDigest)));
}

TEST_F(FaultsTest, AnswersAStatusAfterTheFact) {
  Inject({"late-status=502@upload-put"});
  const testing::Reply reply = client_->PushBlob("b", "hello");
  EXPECT_EQ(reply.transport, CURLE_OK);
  EXPECT_EQ(reply.status, 502);
  EXPECT_TRUE(registry_->contents().HasBlob("b", *Digest::Parse(kHelloDigest)));
}

TEST_F(FaultsTest, TruncatesBodies) {
  Inject({"truncate=3@blob-get"});
  const testing::Reply reply = client_->Do("GET", kHelloBlob);
  EXPECT_TRUE(reply.transport == CURLE_PARTIAL_FILE || reply.transport == CURLE_RECV_ERROR) << reply.transport;
  EXPECT_EQ(reply.body, "hel");
}

TEST_F(FaultsTest, DelaysAddUpAndComeOnTopOfOthers) {
  Inject({"delay=2s@blob-get", "status=503@blob-get", "delay=1s"});
  EXPECT_EQ(client_->Do("GET", kHelloBlob).status, 503);
  EXPECT_EQ(slept_, absl::Seconds(3));
}

TEST_F(FaultsTest, TellsAWrongDigest) {
  Inject({"wrong-digest@blob-get"});
  testing::Reply reply = client_->Do("GET", kHelloBlob);
  EXPECT_EQ(reply.body, "hello");
  EXPECT_NE(reply.headers["docker-content-digest"], kHelloDigest);
}

TEST_F(FaultsTest, CorruptsBodies) {
  Inject({"corrupt@blob-get"});
  EXPECT_EQ(client_->Do("GET", kHelloBlob).body, "iello");
}

TEST_F(FaultsTest, ForgetsBlobs) {
  Inject({"forget-blob@upload-put,times=1"});
  EXPECT_EQ(client_->PushBlob("b", "hello").status, 201);
  EXPECT_FALSE(registry_->contents().HasBlob("b", *Digest::Parse(kHelloDigest)));
  EXPECT_EQ(client_->PushBlob("b", "hello").status, 201);
  EXPECT_TRUE(registry_->contents().HasBlob("b", *Digest::Parse(kHelloDigest)));
}

// A request on which a fault cannot act does not use it up.
TEST_F(FaultsTest, CountsOnlyWhereItCanAct) {
  Inject({"forget-blob,times=1"});
  EXPECT_EQ(client_->Do("HEAD", kHelloBlob).status, 200);
  EXPECT_EQ(client_->PushBlob("b", "hello").status, 201);
  EXPECT_FALSE(registry_->contents().HasBlob("b", *Digest::Parse(kHelloDigest)));
  for (const char* fault : {"truncate=3,times=1", "corrupt,times=1"}) {
    Inject({fault});
    EXPECT_EQ(client_->Do("HEAD", kHelloBlob).status, 200);
    EXPECT_EQ(client_->PushBlob("b", "hello").status, 201);
    EXPECT_EQ(registry_->faults_hit(), 0) << fault;
    EXPECT_NE(client_->Do("GET", kHelloBlob).body, "hello") << fault;
    EXPECT_EQ(client_->Do("GET", kHelloBlob).body, "hello") << fault;
  }
  Inject({"wrong-digest,times=1"});
  EXPECT_EQ(client_->Do("GET", "/v2/").status, 200);
  EXPECT_EQ(registry_->faults_hit(), 0);
}

TEST_F(FaultsTest, AnswersInPlainText) {
  Inject({"status=429@blob-get,text=You have reached your pull rate limit.,retry-after=60"});
  testing::Reply reply = client_->Do("GET", kHelloBlob);
  EXPECT_EQ(reply.headers["content-type"], "text/plain; charset=utf-8");
  EXPECT_EQ(reply.body, "You have reached your pull rate limit.\n");
}

TEST_F(FaultsTest, AnswersEarlyWithoutReadingALargeBody) {
  Inject({"status=413@upload-put"});
  const testing::Reply reply = client_->PushBlob("a", std::string(50 << 20, 'x'));
  EXPECT_EQ(reply.status, 413);
  EXPECT_EQ(registry_->log().BodyBytes(), 0);
}

TEST_F(FaultsTest, StallsUntilTheClientGivesUp) {
  Inject({"stall=2@blob-get"});
  client_->set_timeout_ms(200);
  const testing::Reply reply = client_->Do("GET", kHelloBlob);
  EXPECT_EQ(reply.transport, CURLE_OPERATION_TIMEDOUT);
  EXPECT_EQ(reply.body, "he");
}

}  // namespace
}  // namespace waybill::oci::registry::server
