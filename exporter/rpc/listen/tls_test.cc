// SPDX-License-Identifier: Apache-2.0
// What is refused before anything listens; tools/e2e/bridge_tls_test.sh has the handshakes.
#include "exporter/rpc/listen/tls.h"

#include <gtest/gtest.h>

#include "oci/error.h"

namespace waybill::exporter::rpc::listen {
namespace {

TEST(TlsTest, NothingNamedIsPlain) {
  EXPECT_TRUE(ListenerCredentials({}).ok());
  EXPECT_TRUE(DialCredentials({}).ok());
}

TEST(TlsTest, HalfAPairIsRefused) {
  for (const TlsFiles& files : {TlsFiles{.certificate = "/c"}, TlsFiles{.key = "/k", .authority = "/a"}}) {
    EXPECT_EQ(ListenerCredentials(files).status().message(), "TLS: a certificate and a key belong together");
    EXPECT_EQ(oci::ReasonOf(DialCredentials(files).status()), oci::Reason::kInvalidInput);
  }
  const absl::Status alone = ListenerCredentials({.authority = "/a"}).status();
  EXPECT_EQ(alone.message(), "TLS: an authority for clients needs a certificate and a key of the server");
}

TEST(TlsTest, AMissingFileIsNamed) {
  const absl::Status status = DialCredentials({.authority = "/nowhere/ca.pem"}).status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kNotFound);
  EXPECT_EQ(status.message(), "open /nowhere/ca.pem: No such file or directory");
}

}  // namespace
}  // namespace waybill::exporter::rpc::listen
