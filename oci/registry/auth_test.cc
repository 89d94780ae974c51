// SPDX-License-Identifier: Apache-2.0
// Who we are to a registry, from the challenge to the message of a refusal.
#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/call_once.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/http/curl/curl_transport.h"
#include "oci/registry/auth/credentials.h"
#include "oci/registry/auth/token.h"
#include "oci/registry/client.h"
#include "oci/registry/testing/registry_fixture.h"

namespace waybill::oci::registry {
namespace {

using server::behavior::AuthScheme;
using server::behavior::Behavior;
using server::wire::RequestClass;
using testing::MakeSampleImage;
using testing::SampleImage;

constexpr char kPassword[] = "s3cr3t-password";

class AuthTest : public testing::RegistryFixture {
 protected:
  static Behavior With(AuthScheme scheme) {
    Behavior behavior;
    behavior.auth.scheme = scheme;
    behavior.auth.password = kPassword;
    return behavior;
  }
  static auth::Credentials Right() { return {.username = "user", .password = kPassword}; }

  void ExpectPush(const Behavior& behavior, const auth::Credentials& credentials) {
    Start(behavior, credentials);
    const SampleImage image = MakeSampleImage({.platforms = 2, .attested = true});
    const auto report = PushSample(image, {"1"});
    ASSERT_TRUE(report.ok()) << report.status() << registry().log().ToString();
    ExpectComplete(image);
    EXPECT_EQ(registry().contents().Tagged("app", "1"), image.root.digest);
  }
};

TEST_F(AuthTest, Bearer) {
  ExpectPush(With(AuthScheme::kBearer), Right());
  EXPECT_EQ(registry().log().Count(RequestClass::kToken), 1);  // one for all
}

TEST_F(AuthTest, BearerForms) {
  Behavior behavior = With(AuthScheme::kBearer);
  behavior.auth.other_challenges = {"Negotiate", "Basic realm=\"x\""};
  ExpectPush(behavior, Right());
  behavior.auth.one_header = true;
  ExpectPush(behavior, Right());
  behavior.auth.relative_realm = true;
  ExpectPush(behavior, Right());
  behavior.auth.access_token_only = true;
  behavior.auth.tell_lifetime = false;
  ExpectPush(behavior, Right());
}

TEST_F(AuthTest, Basic) { ExpectPush(With(AuthScheme::kBasic), Right()); }

TEST_F(AuthTest, IdentityTokenIsPostedAndRotated) {
  Behavior behavior = With(AuthScheme::kBearer);
  behavior.auth.identity_token = "refresh-me";
  behavior.auth.rotate_refresh_tokens = true;
  ExpectPush(behavior, {.identity_token = "refresh-me"});
  const auto requests = registry().log().All();
  const auto token = std::find_if(requests.begin(), requests.end(),
                                  [](const auto& request) { return request.request_class == RequestClass::kToken; });
  ASSERT_NE(token, requests.end());
  EXPECT_EQ(token->method, "POST");
}

TEST_F(AuthTest, MountAsksForTheSourceByItself) {
  Start(With(AuthScheme::kBearer), Right());
  const SampleImage image = MakeSampleImage({.layer_bytes = 2 << 20});
  ASSERT_TRUE(PushSample(image, {"1"}).ok());
  const auto report =
      push::Push(
          context(), host(),
          {.root = image.root, .content = *image.store, .repository = "other", .tags = {"1"}, .mount_from = {"app"}})
          .report;
  ASSERT_TRUE(report.ok()) << report.status();
  ExpectComplete(image, "other");
  EXPECT_EQ(registry().log().Count(RequestClass::kUploadMount), 3);
}

TEST_F(AuthTest, ExpiredTokensAreRenewed) {
  Behavior behavior = With(AuthScheme::kBearer);
  behavior.auth.lifetime = absl::Seconds(60);
  Start(behavior, Right());
  ASSERT_TRUE(PushSample(MakeSampleImage({}), {"1"}).ok());
  ASSERT_TRUE(clock().Sleep(context(), absl::Seconds(40)).ok());  // 20 s are left: not enough
  ASSERT_TRUE(PushSample(MakeSampleImage({.seed = "2"}), {"2"}).ok());
  EXPECT_EQ(registry().log().Count(RequestClass::kToken), 2);
}

// A large push over a slow link waits for its turn longer than tokens live.
TEST_F(AuthTest, TokensAreTakenBehindTheThrottle) {
  Behavior behavior = With(AuthScheme::kBearer);
  behavior.auth.lifetime = absl::Seconds(60);
  StartWith({.behavior = behavior, .clock = [this] { return clock().Now(); }}, Right());
  Call call{.method = "POST",
            .target = "/v2/app/blobs/uploads/",
            .access = {.repository = "app", .push = true},
            .retry = true};
  ASSERT_EQ(host().Send(context(), call)->reply.status, 202);
  call.retry = false;
  host().throttle().Pause(absl::Minutes(15));
  EXPECT_EQ(host().Send(context(), call)->reply.status, 202);
  EXPECT_EQ(registry().log().Count(RequestClass::kToken), 2);
}

// Secrets that end, as those of cloud registries' helpers do.
class RotatingCredentials : public auth::CredentialSource {
 public:
  std::string newest = kPassword;
  int asked_anew = 0;

  absl::StatusOr<auth::FoundCredentials> Find(const Context&, absl::string_view, absl::string_view,
                                              bool fresh) override {
    absl::MutexLock lock(&mutex_);
    if (fresh) ++asked_anew;
    if (fresh || kept_.empty()) kept_ = newest;
    return auth::FoundCredentials{.credentials = {.username = "user", .password = kept_}, .origin = "a helper"};
  }

 private:
  absl::Mutex mutex_;
  std::string kept_;
};

TEST_F(AuthTest, RefusedSecretsAreAskedForAgain) {
  for (const AuthScheme scheme : {AuthScheme::kBasic, AuthScheme::kBearer}) {
    Behavior behavior = With(scheme);
    Start(behavior);
    RotatingCredentials credentials;
    http::curl::CurlTransport transport{http::curl::CurlTransport::Options{}};
    Client client({transport, credentials, clock()}, {});
    Host& host = **client.HostFor(registry().host(), /*insecure=*/false);
    const Call call{
        .method = "POST", .target = "/v2/app/blobs/uploads/", .access = {.repository = "app", .push = true}};
    EXPECT_EQ(host.Send(context(), call)->reply.status, 202);
    EXPECT_EQ(credentials.asked_anew, 0);
    behavior.auth.password = credentials.newest = "another";
    registry().SetBehavior(behavior);
    ASSERT_TRUE(clock().Sleep(context(), absl::Minutes(5)).ok());  // a token ends
    EXPECT_EQ(host.Send(context(), call)->reply.status, 202);
    EXPECT_EQ(credentials.asked_anew, 1);
    behavior.auth.password = "nobody knows";
    registry().SetBehavior(behavior);
    ASSERT_TRUE(clock().Sleep(context(), absl::Minutes(5)).ok());
    const auto refused = host.Send(context(), call);
    EXPECT_TRUE(refused.ok() ? refused->reply.status == 401 : ReasonOf(refused.status()) == Reason::kAuth);
    EXPECT_EQ(credentials.asked_anew, 2);
  }
}

TEST_F(AuthTest, ATokenServersRateLimitIsAPauseForAll) {
  Behavior behavior = With(AuthScheme::kBearer);
  behavior.faults = {{.kind = server::behavior::FaultKind::kStatus,
                      .where = RequestClass::kToken,
                      .times = 8,
                      .status = 429,
                      .retry_after = "20"}};
  Start(behavior, Right());
  const SampleImage image = MakeSampleImage({.platforms = 2, .attested = true});
  const auto report = PushSample(image, {"1"});
  ASSERT_TRUE(report.ok()) << report.status();
  ExpectComplete(image);
  EXPECT_EQ(registry().log().Count(RequestClass::kToken), 9);
  for (const absl::Duration wait : clock().slept()) EXPECT_GE(wait, absl::Seconds(20));
}

// No credential in any error or progress event, whatever goes wrong.
class SecretsTest : public AuthTest, public ::testing::WithParamInterface<std::string> {
 protected:
  Behavior Scheme() const {
    Behavior behavior = With(GetParam() == "Basic" ? AuthScheme::kBasic : AuthScheme::kBearer);
    if (GetParam() == "IdentityToken") behavior.auth.identity_token = kPassword;
    return behavior;
  }
  auth::Credentials Known() const {
    return GetParam() == "IdentityToken" ? auth::Credentials{.identity_token = kPassword} : Right();
  }
};

INSTANTIATE_TEST_SUITE_P(Schemes, SecretsTest, ::testing::Values("Basic", "Bearer", "IdentityToken"),
                         [](const auto& scheme) { return scheme.param; });

TEST_P(SecretsTest, StayOutOfMessages) {
  const std::string basic = absl::Base64Escape(std::string("user:") + kPassword);
  std::vector<std::string> messages;
  for (const int status : {400, 401, 403, 404, 429, 500}) {
    for (const RequestClass where : {RequestClass::kToken, RequestClass::kUploadPut, RequestClass::kManifestPut,
                                     RequestClass::kManifestHead, RequestClass::kBlobHead}) {
      Behavior behavior = Scheme();
      behavior.faults = {{.kind = server::behavior::FaultKind::kStatus, .where = where, .status = status}};
      Start(behavior, Known());
      const auto report = PushSample(MakeSampleImage({.layer_bytes = 2 << 20}), {"1"});
      messages.push_back(report.status().ToString());
    }
  }
  std::vector<std::string> secrets{kPassword, basic};
  for (const auto& request : registry().log().All()) {
    for (const auto& [name, value] : request.headers) {
      if (absl::EqualsIgnoreCase(name, "Authorization")) secrets.push_back(value.substr(value.find(' ') + 1));
    }
  }
  EXPECT_GT(secrets.size(), 3u);
  for (const ProgressEvent& event : progress().events()) messages.push_back(event.detail);
  for (const std::string& message : messages) {
    for (const std::string& secret : secrets) EXPECT_FALSE(absl::StrContains(message, secret)) << message;
    EXPECT_FALSE(absl::StrContains(message, "state=0")) << message;
  }
}

TEST_F(AuthTest, RefusalsSayWhereCredentialsWereLookedFor) {
  Start(With(AuthScheme::kBearer), {.username = "user", .password = "wrong"});
  const auto wrong = PushSample(MakeSampleImage({}), {"1"});
  EXPECT_EQ(ReasonOf(wrong.status()), Reason::kAuth);
  EXPECT_TRUE(absl::StrContains(wrong.status().message(), "credentials: the test")) << wrong.status();
  NewClient();
  const auto none = PushSample(MakeSampleImage({}), {"1"});
  EXPECT_EQ(ReasonOf(none.status()), Reason::kAuth);
  EXPECT_TRUE(absl::StrContains(none.status().message(), "none; looked nowhere")) << none.status();
  const std::string login = absl::StrCat("docker login ", registry().host(), " gives some");
  EXPECT_TRUE(absl::StrContains(none.status().message(), login)) << none.status();
  EXPECT_FALSE(absl::StrContains(wrong.status().message(), "docker login")) << wrong.status();
  Start(With(AuthScheme::kBasic));
  const auto basic = PushSample(MakeSampleImage({}), {"1"});
  EXPECT_TRUE(absl::StrContains(basic.status().message(), "docker login ")) << basic.status();
}

TEST(TokenTest, Replies) {
  const auto token = auth::ParseToken(R"({"token":"a","access_token":"b","expires_in":300,"refresh_token":"r"})");
  ASSERT_TRUE(token.ok());
  EXPECT_EQ(token->value, "a");
  EXPECT_EQ(token->lifetime, absl::Seconds(300));
  EXPECT_EQ(token->refresh_token, "r");
  EXPECT_EQ(auth::ParseToken(R"({"access_token":"b"})")->lifetime, absl::Seconds(60));
  EXPECT_EQ(auth::ParseToken(R"({"token":"b","expires_in":1})")->lifetime, absl::Seconds(60));
  for (const char* text : {"", "[]", "{}", R"({"token":7})", "<html>"}) {
    EXPECT_EQ(ReasonOf(auth::ParseToken(text).status()), Reason::kAuth) << text;
  }
}

// A helper whose password has expired in the registry's eyes: asked anew, it gives another.
class Renewing : public auth::CredentialSource {
 public:
  int fresh_asked = 0;
  bool renews = true;
  absl::StatusOr<auth::FoundCredentials> Find(const Context&, absl::string_view, absl::string_view,
                                              bool fresh) override {
    if (fresh) ++fresh_asked;
    const bool newer = renews && fresh_asked > 0;
    return auth::FoundCredentials{{.username = "user", .password = newer ? kPassword : "yesterday's"}, "the helper"};
  }
};

// ECR's 403 to a password that has expired (amazon-ecr-credential-helper, 12 hours).
TEST_F(AuthTest, AHelperIsAskedAgainAfter403) {
  for (const AuthScheme scheme : {AuthScheme::kBasic, AuthScheme::kBearer}) {
    for (const bool renews : {true, false}) {
      Behavior behavior = With(scheme);
      behavior.auth.wrong_password_status = 403;
      Start(behavior);
      Renewing source;
      source.renews = renews;
      http::curl::CurlTransport transport{http::curl::CurlTransport::Options{}};
      Client client({transport, source, clock()}, {});
      const SampleImage image = MakeSampleImage({.platforms = 2, .layers = 4});
      Host& host = **client.HostFor(registry().host(), false);
      for (const char* tag : {"1", "2"}) {
        const auto report =
            push::Push(context(), host,
                       {.root = image.root, .content = *image.store, .repository = "app", .tags = {tag}})
                .report;
        EXPECT_EQ(report.ok(), renews) << report.status();
        if (!renews) {
          EXPECT_EQ(ReasonOf(report.status()), Reason::kAuth);
        }
      }
      // Not for each of the requests that were refused.
      EXPECT_LE(source.fresh_asked, scheme == AuthScheme::kBasic ? 1 : 8);
      EXPECT_GE(source.fresh_asked, 1);
    }
  }
}

// A password that expires while a push is under way, so that its parts meet the refusal first.
class ExpiringPassword : public ProgressSink {
 public:
  explicit ExpiringPassword(std::function<void()> expire) : expire_(std::move(expire)) {}
  void Report(const ProgressEvent& event) override {
    if (event.state == ProgressEvent::State::kTransferring && event.total > 0) {
      absl::call_once(once_, expire_);
    }
  }

 private:
  const std::function<void()> expire_;
  absl::once_flag once_;
};

TEST_F(AuthTest, APushWhosePasswordExpiresIsSentAgain) {
  for (const int status : {401, 403}) {
    for (const int64_t chunk : {0, 1 << 20}) {
      Behavior behavior = With(AuthScheme::kBasic);
      behavior.auth.wrong_password_status = status;
      behavior.uploads.single_post = server::behavior::SinglePost::kSessionOnly;
      if (chunk > 0) behavior.uploads.body_limit = chunk;
      Start(behavior);
      RotatingCredentials credentials;
      http::curl::CurlTransport transport{http::curl::CurlTransport::Options{}};
      Client client({transport, credentials, clock()}, {});
      ExpiringPassword expiring([&] {
        behavior.auth.password = credentials.newest = "tomorrow's";
        registry().SetBehavior(behavior);
      });
      const SampleImage image = MakeSampleImage({.layer_bytes = 2 << 20});
      const auto report = push::Push(Context().WithProgress(expiring), **client.HostFor(registry().host(), false),
                                     {.root = image.root, .content = *image.store, .repository = "app", .tags = {"1"}})
                              .report;
      EXPECT_TRUE(report.ok()) << status << " " << chunk << ": " << report.status();
      EXPECT_EQ(registry().contents().Tagged("app", "1"), image.root.digest);
      EXPECT_EQ(credentials.asked_anew, 1) << status;
    }
  }
}

}  // namespace
}  // namespace waybill::oci::registry
