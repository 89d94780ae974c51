// SPDX-License-Identifier: Apache-2.0
// Certificates: which are trusted, and what is shown.
#include <csignal>
#include <fstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/context.h"
#include "oci/error.h"
#include "oci/http/curl/curl_transport.h"
#include "oci/http/curl/redirect.h"
#include "oci/http/curl/tls_check.h"
#include "oci/http/request.h"
#include "oci/http/testing/tls_server.h"
#include "oci/http/transport.h"
#include "oci/http/url.h"

namespace waybill::oci::http::curl {
namespace {

using testing::TlsServer;

class TlsTest : public ::testing::Test {
 protected:
  // The server writes to connections that clients have given up.
  void SetUp() override { std::signal(SIGPIPE, SIG_IGN); }

  absl::StatusOr<Reply> Get(const TlsServer& server, const TlsSettings& tls, const TlsOf& tls_of = {}) {
    absl::StatusOr<Response> response =
        SendFollowing(Context(), transport_, {.url = server.url("/"), .tls = &tls}, tls_of);
    if (!response.ok()) return response.status();
    return ReadReply(Context(), *std::move(response), 1000);
  }

  // A client certificate that `server` takes.
  static TlsSettings PairFor(const TlsServer& server) {
    TlsSettings tls{.certificate_file = ::testing::TempDir() + "/client.cert",
                    .key_file = ::testing::TempDir() + "/client.key"};
    std::ofstream(tls.certificate_file) << server.certificate();
    std::ofstream(tls.key_file) << server.key();
    return tls;
  }

  CurlTransport transport_{CurlTransport::Options{}};
};

TEST_F(TlsTest, UnknownCertificateIsAFailureOfItsOwn) {
  const TlsServer server(false);
  const auto reply = Get(server, {});
  EXPECT_EQ(ReasonOf(reply.status()), Reason::kNetwork);
  EXPECT_EQ(FailureOf(reply.status()), kFailureCertificate) << reply.status();
}

TEST_F(TlsTest, ExtraRootsAreTrusted) {
  const TlsServer server(false);
  const auto reply = Get(server, {.extra_roots = server.certificate()});
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->body, "secure");
}

TEST_F(TlsTest, WhatCannotBeUsedIsFoundBeforeItIsNeeded) {
  const TlsServer server(false);
  const TlsServer other(false);
  TlsSettings tls = PairFor(server);
  tls.extra_roots = server.certificate() + "\n" + other.certificate();
  EXPECT_EQ(CheckTls({}), absl::OkStatus());
  EXPECT_EQ(CheckTls(tls), absl::OkStatus());
  std::ofstream(tls.key_file) << other.key();
  EXPECT_EQ(CheckTls(tls), InvalidInputError(tls.key_file + ": not the key of " + tls.certificate_file));
  std::ofstream(tls.key_file) << "nonsense";
  EXPECT_EQ(CheckTls(tls), InvalidInputError(tls.key_file + ": no PEM key without a passphrase"));
  std::ofstream(tls.certificate_file) << "nonsense";
  EXPECT_EQ(CheckTls(tls), InvalidInputError(tls.certificate_file + ": no PEM certificate"));
  EXPECT_EQ(CheckTls({.extra_roots = "nonsense"}), InvalidInputError("certificate authority 1 is no PEM certificate"));
  const std::string half = other.certificate().substr(0, other.certificate().size() / 2);
  EXPECT_EQ(CheckTls({.extra_roots = server.certificate() + half}),
            InvalidInputError("certificate authority 2 is no PEM certificate"));
}

TEST_F(TlsTest, OtherRootsAreNot) {
  const TlsServer server(false);
  const TlsServer other(false);
  EXPECT_EQ(FailureOf(Get(server, {.extra_roots = other.certificate()}).status()), kFailureCertificate);
}

TEST_F(TlsTest, VerificationCanBeSwitchedOff) {
  const TlsServer server(false);
  const auto reply = Get(server, {.skip_verify = true});
  ASSERT_TRUE(reply.ok()) << reply.status();
  // A connection that was not verified is not used where verification is wanted.
  EXPECT_EQ(FailureOf(Get(server, {}).status()), kFailureCertificate);
}

TEST_F(TlsTest, RootsThatAreNoPemAreRefused) {
  const TlsServer server(false);
  EXPECT_EQ(ReasonOf(Get(server, {.extra_roots = "nonsense"}).status()), Reason::kInvalidInput);
}

TEST_F(TlsTest, ClientCertificateIsShown) {
  const TlsServer server(true);
  EXPECT_FALSE(Get(server, {.extra_roots = server.certificate()}).ok());
  TlsSettings tls = PairFor(server);
  tls.extra_roots = server.certificate();
  const auto reply = Get(server, tls);
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->body, "secure");
}

// Storage behind a registry, both with certificates of a private authority.
TEST_F(TlsTest, TrustGoesAlongWithARedirect) {
  const TlsServer storage(false);
  const TlsServer server(false, storage.url("/blob"));
  const auto both = Get(server, {.extra_roots = server.certificate() + storage.certificate()});
  ASSERT_TRUE(both.ok()) << both.status();
  EXPECT_EQ(both->url, storage.url("/blob"));
  EXPECT_TRUE(Get(server, {.skip_verify = true}).ok());
  const auto one = Get(server, {.extra_roots = server.certificate()});
  EXPECT_EQ(FailureOf(one.status()), kFailureCertificate);
  EXPECT_TRUE(absl::StartsWith(one.status().message(), absl::StrCat("redirected to ", storage.url("/blob"), ": ")))
      << one.status();
  const auto own = Get(server, {.extra_roots = server.certificate()},
                       [&](const Url&) { return TlsSettings{.extra_roots = storage.certificate()}; });
  EXPECT_TRUE(own.ok()) << own.status();
}

TEST_F(TlsTest, AClientCertificateStaysBehind) {
  const TlsServer storage(true);
  const TlsServer server(false, storage.url("/blob"));
  TlsSettings tls = PairFor(storage);
  tls.skip_verify = true;
  EXPECT_EQ(ReasonOf(Get(server, tls).status()), Reason::kNetwork);
  std::string asked;
  const auto own = Get(server, {.skip_verify = true}, [&](const Url& url) {
    asked = url.authority();
    return PairFor(storage);
  });
  EXPECT_TRUE(own.ok()) << own.status();
  EXPECT_EQ(absl::StrCat("https://", asked, "/blob"), storage.url("/blob"));
}

}  // namespace
}  // namespace waybill::oci::http::curl
