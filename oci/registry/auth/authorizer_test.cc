// SPDX-License-Identifier: Apache-2.0
// Sources that fetch tokens themselves: their secrets are never asked for, and no token server is.
#include "oci/registry/auth/authorizer.h"

#include <algorithm>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/barrier.h"
#include "absl/synchronization/mutex.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/registry/testing/simulated_clock.h"

namespace waybill::oci::registry::auth {
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
    {
      absl::MutexLock lock(&mu_);
      queries.push_back(query);
    }
    for (int i = 0; i < 1000 && !refusal.ok(); ++i) std::this_thread::yield();
    if (!refusal.ok()) return refusal;
    return GrantedToken{absl::StrCat("granted-", queries.size()), lifetime, "the granter"};
  }

 private:
  absl::Mutex mu_;
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

// A mount's source is not readable: the token server gives less than is asked for, and would again.
TEST_F(AuthorizerTest, ATokenWithAllRightsIsNotFetchedAgainForAMount) {
  ASSERT_TRUE(Challenge(""));
  ASSERT_TRUE(Authorization().ok());
  EXPECT_FALSE(Challenge("Bearer granted-1", ",scope=\"repository:base:pull repository:app:push,pull\""));
  EXPECT_FALSE(Challenge("Bearer granted-1", ",error=\"insufficient_scope\",scope=\"repository:app:pull\""));
  EXPECT_EQ(*Authorization(), "Bearer granted-1");
}

// The fetch waits for all to have come; of some tries there is one in which all of them wait for it.
TEST_F(AuthorizerTest, WhoWaitedForAFetchSharesItsFailure) {
  ASSERT_TRUE(Challenge(""));
  source_.refusal = MakeError(Reason::kNetwork, "busy");
  size_t fewest = 4;
  for (int i = 0; i < 50 && fewest > 1; ++i) {
    source_.queries.clear();
    absl::Barrier* const all = new absl::Barrier(4);
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        if (all->Block()) delete all;
        EXPECT_EQ(Authorization().status(), source_.refusal);
      });
    }
    threads.clear();
    fewest = std::min(fewest, source_.queries.size());
  }
  EXPECT_EQ(fewest, 1u);
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
}  // namespace waybill::oci::registry::auth
