// SPDX-License-Identifier: Apache-2.0
// Certificates: which are trusted, and what is shown.
#include <csignal>
#include <fstream>
#include <string>

#include "gtest/gtest.h"
#include "oci/context.h"
#include "oci/error.h"
#include "oci/http/curl_transport.h"
#include "oci/http/request.h"
#include "oci/http/testing/tls_server.h"
#include "oci/http/transport.h"

namespace waybill::oci::http {
namespace {

using testing::TlsServer;

class TlsTest : public ::testing::Test {
 protected:
  // The server writes to connections that clients have given up.
  void SetUp() override { std::signal(SIGPIPE, SIG_IGN); }

  absl::StatusOr<Reply> Get(const TlsServer& server, const TlsSettings& tls) {
    absl::StatusOr<Response> response = transport_.Send(Context(), {.url = server.url("/"), .tls = &tls});
    if (!response.ok()) return response.status();
    return ReadReply(Context(), *std::move(response), 1000);
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
  const std::string certificate = ::testing::TempDir() + "/client.cert";
  const std::string key = ::testing::TempDir() + "/client.key";
  std::ofstream(certificate) << server.certificate();
  std::ofstream(key) << server.key();
  const auto reply =
      Get(server, {.extra_roots = server.certificate(), .certificate_file = certificate, .key_file = key});
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->body, "secure");
}

}  // namespace
}  // namespace waybill::oci::http
