// SPDX-License-Identifier: Apache-2.0
// Who is told who we are, and how each is reached: the registry alone, whatever it and others say.
#include "oci/registry/host.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/io/string.h"
#include "oci/registry/testing/simulated_clock.h"

namespace waybill::oci::registry {
namespace {

// Answers from a script and keeps what it was asked, with the TLS settings of the time.
class Scripted : public http::Transport {
 public:
  struct Asked {
    std::string url;
    std::string authorization;
    http::TlsSettings tls;
  };
  std::function<http::Response(const http::Request&)> answer;
  std::vector<Asked> asked;

  absl::StatusOr<http::Response> Send(const Context&, const http::Request& request) override {
    asked.push_back({request.url, request.headers.Find("Authorization").value_or(""),
                     request.tls == nullptr ? http::TlsSettings{} : *request.tls});
    http::Response response = answer(request);
    response.url = request.url;
    return response;
  }
};

http::Response Says(int status, http::Headers headers = {}) {
  http::Response response{.status = status, .headers = std::move(headers)};
  response.body = std::make_unique<io::StringReader>("");
  return response;
}

http::Response Challenge(absl::string_view challenge) {
  return Says(401, {{"WWW-Authenticate", std::string(challenge)}});
}

class UserAndPassword : public auth::CredentialSource {
 public:
  bool none = false;
  absl::StatusOr<auth::FoundCredentials> Find(const Context&, absl::string_view, absl::string_view, bool) override {
    if (none) return auth::FoundCredentials{.credentials = {}, .origin = "none"};
    return auth::FoundCredentials{.credentials = {.username = "user", .password = "hunter2"}, .origin = "the test"};
  }
};

constexpr char kBlob[] = "/v2/app/blobs/x";
constexpr char kBlobUrl[] = "https://registry.example/v2/app/blobs/x";

class HostTest : public ::testing::Test {
 protected:
  static Host::Options Options() {
    config::HostConfig config;
    config.tls = {.extra_roots = "ROOT", .certificate_file = "client.cert", .key_file = "client.key"};
    return {.config = config, .tls_of = [](const http::Url& url) {
              return http::TlsSettings{.extra_roots = absl::StrCat("OF ", url.authority())};
            }};
  }
  // The status of the last answer.
  absl::StatusOr<int> Get(absl::string_view target) {
    const Call call{.target = std::string(target), .access = {.repository = "app"}};
    const absl::StatusOr<Answer> answer = host_.Send(Context(), call);
    if (!answer.ok()) return answer.status();
    return answer->reply.status;
  }
  // The URLs that were asked, those with an Authorization marked.
  std::string Asked() const {
    std::string text;
    for (const Scripted::Asked& request : transport_.asked) {
      absl::StrAppend(&text, request.url, request.authorization.empty() ? "" : " *", "\n");
    }
    return text;
  }

  testing::SimulatedClock clock_;
  UserAndPassword credentials_;
  Scripted transport_;
  Host host_{{.transport = transport_, .credentials = credentials_, .clock = clock_}, "registry.example", Options()};
};

// CVE-2020-15157 (containerd): who answers behind a redirect names its own token server.
TEST_F(HostTest, AChallengeBehindARedirectIsNotHeeded) {
  for (const char* challenge : {R"(Bearer realm="https://storage.example/token",service="s")", R"(Basic realm="x")"}) {
    transport_.asked.clear();
    transport_.answer = [&](const http::Request& request) {
      if (absl::StrContains(request.url, "storage.example")) return Challenge(challenge);
      if (!request.headers.Find("Authorization").has_value()) return Challenge(R"(Basic realm="registry")");
      return Says(307, {{"Location", "https://storage.example/blob"}});
    };
    const auto status = Get(kBlob);
    ASSERT_TRUE(status.ok()) << status.status();
    EXPECT_EQ(*status, 401);
    for (const Scripted::Asked& request : transport_.asked) {
      if (!absl::StartsWith(request.url, "https://registry.example/")) {
        EXPECT_EQ(request.url, "https://storage.example/blob");
        EXPECT_EQ(request.authorization, "");
      }
    }
    EXPECT_EQ(transport_.asked.back().url, "https://storage.example/blob");
  }
}

TEST_F(HostTest, ATokenServerOnAPrivateAddressIsRefused) {
  for (const char* realm : {"https://10.0.0.5/token", "https://[::1]/token", "https://169.254.169.254/token",
                            "http://auth.example/token"}) {
    transport_.asked.clear();
    transport_.answer = [&](const http::Request&) { return Challenge(absl::StrCat("Bearer realm=\"", realm, "\"")); };
    const auto status = Get(kBlob);
    EXPECT_EQ(ReasonOf(status.status()), Reason::kRefused) << realm;
    EXPECT_EQ(Asked(), absl::StrCat(kBlobUrl, "\n")) << realm;
  }
}

TEST_F(HostTest, ARedirectToAPrivateAddressIsRefused) {
  for (const char* location : {"https://10.0.0.5/blob", "https://[fd00::1]/blob", "http://storage.example/blob"}) {
    transport_.asked.clear();
    transport_.answer = [&](const http::Request&) { return Says(307, {{"Location", location}}); };
    EXPECT_EQ(ReasonOf(Get(kBlob).status()), Reason::kRefused) << location;
    EXPECT_EQ(Asked(), absl::StrCat(kBlobUrl, "\n")) << location;
  }
}

// Where an upload goes on may be another port of the same name: another program.
TEST_F(HostTest, CredentialsAreForOneOrigin) {
  transport_.answer = [](const http::Request& request) {
    if (absl::StrContains(request.url, ":8443/")) return Challenge(R"(Basic realm="other")");
    return request.headers.Find("Authorization").has_value() ? Says(200) : Challenge(R"(Basic realm="registry")");
  };
  EXPECT_EQ(*Get(kBlob), 200);
  EXPECT_EQ(*Get("https://registry.example:8443/upload"), 401);
  EXPECT_EQ(Asked(), absl::StrCat(kBlobUrl, "\n", kBlobUrl, " *\nhttps://registry.example:8443/upload\n"));
}

TEST_F(HostTest, TrustGoesAlongAndTheClientCertificateStays) {
  transport_.answer = [](const http::Request& request) {
    if (request.url == kBlobUrl) return Says(307, {{"Location", "https://storage.example:9000/blob"}});
    return Says(200);
  };
  EXPECT_EQ(*Get(kBlob), 200);
  EXPECT_EQ(*Get("https://uploads.example/1"), 200);
  ASSERT_EQ(transport_.asked.size(), 3u);
  EXPECT_EQ(transport_.asked[0].tls, Options().config.tls);
  EXPECT_EQ(transport_.asked[1].tls, http::TlsSettings{.extra_roots = "ROOT\nOF storage.example:9000"});
  EXPECT_EQ(transport_.asked[2].tls, http::TlsSettings{.extra_roots = "ROOT\nOF uploads.example"});
}

// Artifactory and others say "not found" to who does not say who it is.
TEST_F(HostTest, AChallengeIsDrawnWhereARegistryHides) {
  transport_.answer = [](const http::Request& request) {
    if (request.headers.Find("Authorization").has_value()) return Says(200);
    return request.url == "https://registry.example/v2/" ? Challenge(R"(Basic realm="registry")") : Says(404);
  };
  EXPECT_EQ(*Get(kBlob), 200);
  EXPECT_EQ(*Get(kBlob), 200);
  EXPECT_EQ(Asked(), absl::StrCat(kBlobUrl, "\nhttps://registry.example/v2/\n", kBlobUrl, " *\n", kBlobUrl, " *\n"));
}

TEST_F(HostTest, NoChallengeIsDrawnTwiceOrWithoutCredentials) {
  transport_.answer = [](const http::Request& request) {
    return request.url == "https://registry.example/v2/" ? Says(200) : Says(403);
  };
  credentials_.none = true;
  EXPECT_EQ(*Get(kBlob), 403);
  EXPECT_EQ(Asked(), absl::StrCat(kBlobUrl, "\n"));
  credentials_.none = false;
  EXPECT_EQ(*Get(kBlob), 403);
  EXPECT_EQ(*Get(kBlob), 403);
  EXPECT_EQ(Asked(), absl::StrCat(kBlobUrl, "\n", kBlobUrl, "\nhttps://registry.example/v2/\n", kBlobUrl, "\n"));
}

// Fails each request in one way, in no time.
class Failing : public http::Transport {
 public:
  absl::Status error;
  int requests = 0;
  absl::StatusOr<http::Response> Send(const Context&, const http::Request&) override {
    ++requests;
    return error;
  }
};

TEST(UnreachableHostTest, OnlyThePatientTryAgain) {
  for (const bool patient : {true, false}) {
    for (const absl::string_view failure : {http::kFailureConnect, http::kFailureResolve, http::kFailureProxy}) {
      testing::SimulatedClock clock;
      UserAndPassword credentials;
      Failing transport;
      transport.error = http::NetworkError(failure, 0, "x");
      Host host({transport, credentials, clock}, "registry.example", {.retry = {.patient = patient}});
      EXPECT_EQ(http::FailureOf(host.Send(Context(), {.target = kBlob}).status()), failure);
      EXPECT_EQ(transport.requests, patient && failure != http::kFailureProxy ? 6 : 1) << failure;
    }
  }
}

// Firewalls drop packets without a word: 30 s each time.
TEST(UnreachableHostTest, OnlyThePatientWaitLongForTheFirstConnection) {
  class Recording : public http::Transport {
   public:
    std::vector<absl::Duration> limits;
    absl::StatusOr<http::Response> Send(const Context&, const http::Request& request) override {
      limits.push_back(request.limits.connect);
      http::Response response = Says(200);
      response.url = request.url;
      return response;
    }
  };
  for (const bool patient : {true, false}) {
    testing::SimulatedClock clock;
    UserAndPassword credentials;
    Recording transport;
    Host host({transport, credentials, clock}, "registry.example", {.retry = {.patient = patient}});
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(host.Send(Context(), {.target = kBlob}).ok());
    EXPECT_EQ(transport.limits, (std::vector<absl::Duration>{absl::Seconds(patient ? 30 : 5), absl::Seconds(30)}));
  }
}

TEST(UnreachableHostTest, ATimeOutWhileConnectingIsAnUnreachableHost) {
  for (const bool patient : {true, false}) {
    testing::SimulatedClock clock;
    UserAndPassword credentials;
    Failing transport;
    transport.error = http::WithSilence(
        MakeError(Reason::kTimeout, "x", {{std::string(http::kFailureKey), std::string(http::kFailureConnect)}}),
        absl::Seconds(5));
    Host host({transport, credentials, clock}, "registry.example", {.retry = {.patient = patient}});
    EXPECT_EQ(ReasonOf(host.Send(Context(), {.target = kBlob}).status()), Reason::kTimeout);
    EXPECT_EQ(transport.requests, patient ? 6 : 1);
  }
}

// Six times a minute before. The caller that tries again itself learns how long it was.
TEST(UnreachableHostTest, ASilentHostIsGivenTwoMinutes) {
  testing::SimulatedClock clock;
  UserAndPassword credentials;
  Failing transport;
  transport.error = http::WithSilence(MakeError(Reason::kTimeout, "x"), absl::Seconds(60));
  Host host({transport, credentials, clock}, "registry.example", {});
  const absl::Status status = host.Send(Context(), {.target = kBlob}).status();
  EXPECT_EQ(transport.requests, 2);
  EXPECT_EQ(http::SilenceOf(status), absl::Minutes(2));
  config::HostConfig more;
  more.silence_limit = absl::Minutes(3);
  Host patient({transport, credentials, clock}, "registry.example", {.config = more});
  transport.requests = 0;
  EXPECT_FALSE(patient.Send(Context(), {.target = kBlob}).ok());
  EXPECT_EQ(transport.requests, 3);
}

// "ca" is no help where it is given, nor against another name.
TEST(UnreachableHostTest, HintsAboutCertificates) {
  struct Row {
    absl::string_view message;
    bool roots;
    absl::string_view hint;
  };
  for (const Row& row : {Row{"unable to get local issuer certificate", false, "\"ca\" in the configuration or"},
                         Row{"unable to get local issuer certificate", true, "no authority in \"ca\" has issued it"},
                         Row{"no alternative certificate subject name matches target host name 'x'", true,
                             "the certificate is for other names"},
                         Row{"certificate has expired", true, "a new certificate"}}) {
    testing::SimulatedClock clock;
    UserAndPassword credentials;
    Failing transport;
    transport.error = http::NetworkError(http::kFailureCertificate, 0, row.message);
    config::HostConfig config;
    if (row.roots) config.tls.extra_roots = "ROOT";
    Host host({transport, credentials, clock}, "registry.example", {.config = config});
    const absl::Status status = host.Send(Context(), {.target = kBlob}).status();
    EXPECT_EQ(transport.requests, 1);
    EXPECT_TRUE(absl::StrContains(status.message(), absl::StrCat("; ", row.hint))) << status;
  }
}

}  // namespace
}  // namespace waybill::oci::registry
