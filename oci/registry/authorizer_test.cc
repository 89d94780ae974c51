// SPDX-License-Identifier: Apache-2.0
// Sources that fetch tokens themselves: their secrets are never asked for, and no token server is.
#include "oci/registry/authorizer.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/registry/scenario/simulated_clock.h"

namespace waybill::oci::registry {
namespace {

// Numbers the tokens that it gives.
class GrantingSource : public CredentialSource {
 public:
  bool grants = true;
  absl::Duration lifetime = absl::Minutes(5);
  absl::Status refusal;
  std::vector<TokenQuery> queries;
  int found = 0;

  absl::StatusOr<FoundCredentials> Find(const Context&, absl::string_view, absl::string_view, bool) override {
    ++found;
    return FoundCredentials{.credentials = {.registry_token = "ready"}, .origin = "a file"};
  }
  absl::StatusOr<std::optional<GrantedToken>> FetchToken(const Context&, absl::string_view host,
                                                         const TokenQuery& query) override {
    EXPECT_EQ(host, "registry.example");
    if (!grants) return std::nullopt;
    queries.push_back(query);
    if (!refusal.ok()) return refusal;
    return GrantedToken{absl::StrCat("granted-", queries.size()), lifetime, "the granter"};
  }
};

class NoTransport : public http::Transport {
 public:
  absl::StatusOr<http::Response> Send(const Context&, const http::Request& request) override {
    return InvalidInputError(absl::StrCat("nobody should ask ", request.url));
  }
};

class AuthorizerTest : public ::testing::Test {
 protected:
  bool Challenge(absl::string_view sent, absl::string_view more = "") {
    const std::string value =
        absl::StrCat("Bearer realm=\"https://auth.example/token\",service=\"registry.example\"", more);
    http::Reply reply{.status = 401, .headers = {{"WWW-Authenticate", value}}};
    const auto learned = authorizer_.Learn({}, reply, *http::Url::Parse("https://registry.example/v2/"), kAccess, sent);
    return learned.ok() && *learned;
  }
  absl::StatusOr<std::string> Authorization() { return authorizer_.Authorization({}, kAccess, nullptr); }

  const Access kAccess{.repository = "app", .push = true, .more_scopes = {"repository:base:pull"}};
  testing::SimulatedClock clock_;
  GrantingSource source_;
  NoTransport transport_;
  Authorizer authorizer_{{.transport = transport_, .credentials = source_, .clock = clock_}, "registry.example"};
};

TEST_F(AuthorizerTest, AGrantedTokenIsKeptAndItsSecretNeverAskedFor) {
  EXPECT_EQ(*Authorization(), "");
  ASSERT_TRUE(Challenge(""));
  EXPECT_EQ(*Authorization(), "Bearer granted-1");
  EXPECT_EQ(*Authorization(), "Bearer granted-1");
  ASSERT_EQ(source_.queries.size(), 1u);
  EXPECT_EQ(source_.queries[0].realm, "https://auth.example/token");
  EXPECT_EQ(source_.queries[0].service, "registry.example");
  EXPECT_EQ(source_.queries[0].scopes, (std::vector<std::string>{"repository:app:pull,push", "repository:base:pull"}));
  EXPECT_EQ(source_.found, 0);
  EXPECT_EQ(authorizer_.Origin(), "the granter");
}

TEST_F(AuthorizerTest, ARefusedTokenIsFetchedAnewWithTheScopeThatWasMissing) {
  ASSERT_TRUE(Challenge(""));
  ASSERT_TRUE(Authorization().ok());
  ASSERT_TRUE(Challenge("Bearer granted-1", ",error=\"insufficient_scope\",scope=\"repository:app:delete\""));
  EXPECT_EQ(*Authorization(), "Bearer granted-2");
  EXPECT_EQ(source_.queries[1].scopes.back(), "repository:app:delete");
}

TEST_F(AuthorizerTest, ATokenIsRenewedBeforeItsEndAndLivesForAMinuteAtLeast) {
  source_.lifetime = absl::Seconds(1);
  ASSERT_TRUE(Challenge(""));
  EXPECT_EQ(*Authorization(), "Bearer granted-1");
  ASSERT_TRUE(clock_.Sleep({}, absl::Seconds(20)).ok());
  EXPECT_EQ(*Authorization(), "Bearer granted-1");
  ASSERT_TRUE(clock_.Sleep({}, absl::Seconds(20)).ok());
  EXPECT_EQ(*Authorization(), "Bearer granted-2");
}

TEST_F(AuthorizerTest, WithoutAGrantTheCredentialsAreUsed) {
  source_.grants = false;
  ASSERT_TRUE(Challenge(""));
  EXPECT_EQ(*Authorization(), "Bearer ready");
  EXPECT_EQ(authorizer_.Origin(), "a file");
}

TEST_F(AuthorizerTest, ARefusedGrantIsTheError) {
  source_.refusal = MakeError(Reason::kAuth, "wrong password");
  ASSERT_TRUE(Challenge(""));
  EXPECT_EQ(Authorization().status(), source_.refusal);
  EXPECT_EQ(source_.found, 0);
  source_.refusal = absl::OkStatus();
  EXPECT_EQ(*Authorization(), "Bearer granted-2");
}

}  // namespace
}  // namespace waybill::oci::registry
