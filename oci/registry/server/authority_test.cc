// SPDX-License-Identifier: Apache-2.0
// Authentication of the fake registry, as a plain client sees it.
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "oci/registry/server/registry_server.h"
#include "oci/registry/testing/test_client.h"

namespace waybill::oci::registry::server {
namespace {

constexpr char kUser[] = "Authorization: Basic dXNlcjpwYXNzd29yZA==";  // user:password
constexpr char kWrong[] = "Authorization: Basic dXNlcjp3cm9uZw==";     // user:wrong
constexpr char kTokenA[] = "/token?service=fake-registry&scope=repository:a:pull,push";

class AuthorityTest : public ::testing::Test {
 protected:
  void Start(const behavior::AuthBehavior& auth) {
    behavior_.auth = auth;
    registry_ = *RegistryServer::Start({.behavior = behavior_, .clock = [this] { return now_; }});
    client_ = std::make_unique<testing::TestClient>(registry_->host());
  }
  static nlohmann::json Json(const testing::Reply& reply) { return nlohmann::json::parse(reply.body, nullptr, false); }
  static std::string Bearer(const testing::Reply& reply) {
    return absl::StrCat("Authorization: Bearer ", Json(reply)["token"].get<std::string>());
  }

  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  behavior::Behavior behavior_;
  std::unique_ptr<RegistryServer> registry_;
  std::unique_ptr<testing::TestClient> client_;
};

TEST_F(AuthorityTest, BasicOpensTheDoor) {
  Start({.scheme = behavior::AuthScheme::kBasic});
  testing::Reply reply = client_->Do("GET", "/v2/");
  EXPECT_EQ(reply.status, 401);
  EXPECT_EQ(reply.headers["www-authenticate"], "Basic realm=\"fake registry\"");
  EXPECT_EQ(client_->Do("GET", "/v2/", {kWrong}).status, 401);
  EXPECT_EQ(client_->Do("GET", "/v2/", {kUser}).status, 200);
}

TEST_F(AuthorityTest, ChallengesNameTheScope) {
  Start({.scheme = behavior::AuthScheme::kBearer});
  testing::Reply reply = client_->Do("POST", "/v2/a/blobs/uploads/");
  EXPECT_EQ(reply.status, 401);
  EXPECT_EQ(reply.headers["www-authenticate"],
            absl::StrCat("Bearer realm=\"http://", registry_->host(),
                         "/token\",service=\"fake-registry\",scope=\"repository:a:pull,push\""));
}

TEST_F(AuthorityTest, TokensOpenWhatTheyWereMadeFor) {
  Start({.scheme = behavior::AuthScheme::kBearer});
  EXPECT_EQ(client_->Do("GET", kTokenA, {kWrong}).status, 401);
  const testing::Reply token = client_->Do("GET", kTokenA, {kUser});
  ASSERT_EQ(token.status, 200);
  EXPECT_EQ(Json(token)["expires_in"], 300);
  EXPECT_EQ(Json(token)["issued_at"], "2023-11-14T22:13:20Z");
  EXPECT_EQ(client_->Do("POST", "/v2/a/blobs/uploads/", {Bearer(token)}).status, 202);
  testing::Reply other = client_->Do("POST", "/v2/b/blobs/uploads/", {Bearer(token)});
  EXPECT_EQ(other.status, 401);
  EXPECT_NE(other.headers["www-authenticate"].find("error=\"insufficient_scope\""), std::string::npos);
  now_ += absl::Minutes(5);
  testing::Reply expired = client_->Do("POST", "/v2/a/blobs/uploads/", {Bearer(token)});
  EXPECT_EQ(expired.status, 401);
  EXPECT_NE(expired.headers["www-authenticate"].find("error=\"invalid_token\""), std::string::npos);
}

TEST_F(AuthorityTest, MountsNeedTheirSource) {
  Start({.scheme = behavior::AuthScheme::kBearer});
  const testing::Reply token = client_->Do("GET", kTokenA, {kUser});
  const std::string mount =
      "/v2/a/blobs/uploads/?from=b&mount=sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
  EXPECT_EQ(client_->Do("POST", mount, {Bearer(token)}).status, 401);
  const testing::Reply both = client_->Do("GET", absl::StrCat(kTokenA, "&scope=repository:b:pull"), {kUser});
  EXPECT_EQ(client_->Do("POST", mount, {Bearer(both)}).status, 202);
}

TEST_F(AuthorityTest, AnonymousClientsMayPull) {
  Start({.scheme = behavior::AuthScheme::kBearer, .anonymous_pull = true});
  ASSERT_TRUE(registry_->contents().AddBlob("a", "hello").ok());
  const testing::Reply token = client_->Do("GET", kTokenA);
  const std::string blob = "/v2/a/blobs/sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
  EXPECT_EQ(client_->Do("GET", blob, {Bearer(token)}).status, 200);
  EXPECT_EQ(client_->Do("POST", "/v2/a/blobs/uploads/", {Bearer(token)}).status, 401);
}

TEST_F(AuthorityTest, SomeRefuseInsteadOfGrantingLess) {
  Start({.scheme = behavior::AuthScheme::kBearer, .anonymous_pull = true, .refuse_instead_of_less = true});
  EXPECT_EQ(client_->Do("GET", kTokenA).status, 403);
  EXPECT_EQ(client_->Do("GET", "/token?scope=repository:a:pull").status, 200);
}

TEST_F(AuthorityTest, RefreshTokensRotate) {
  Start({.scheme = behavior::AuthScheme::kBearer, .identity_token = "identity", .rotate_refresh_tokens = true});
  const std::string form = "grant_type=refresh_token&service=s&client_id=c&scope=repository%3Aa%3Apull&refresh_token=";
  EXPECT_EQ(client_->Do("POST", "/token", {}, form + "guess").status, 401);
  const testing::Reply first = client_->Do("POST", "/token", {}, form + "identity");
  ASSERT_EQ(first.status, 200);
  EXPECT_TRUE(Json(first).contains("access_token"));
  EXPECT_EQ(client_->Do("POST", "/token", {}, form + "identity").status, 401);
  EXPECT_EQ(client_->Do("POST", "/token", {}, form + Json(first)["refresh_token"].get<std::string>()).status, 200);
}

TEST_F(AuthorityTest, SeveralChallengesInOneHeader) {
  Start({.scheme = behavior::AuthScheme::kBasic,
         .other_challenges = {"Negotiate", "Digest realm=\"a,b\""},
         .one_header = true});
  EXPECT_EQ(client_->Do("GET", "/v2/").headers["www-authenticate"],
            "Negotiate, Digest realm=\"a,b\", Basic realm=\"fake registry\"");
}

TEST_F(AuthorityTest, PostMayBeMissing) {
  Start({.scheme = behavior::AuthScheme::kBearer, .post = false});
  EXPECT_EQ(client_->Do("POST", "/token", {}, "grant_type=password").status, 404);
}

}  // namespace
}  // namespace waybill::oci::registry::server
