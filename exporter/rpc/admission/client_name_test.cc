// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/admission/client_name.h"

#include "gtest/gtest.h"

namespace waybill::exporter::rpc::admission {
namespace {

// The names are gRPC's (grpc_sockaddr_to_uri).
TEST(ClientNameTest, IsAnAddressWithoutItsPort) {
  EXPECT_EQ(ClientAt("ipv4:10.0.0.7:41234", "uid 1000"), "10.0.0.7");
  EXPECT_EQ(ClientAt("ipv6:%5Bfe80::1%5D:41234", "uid 1000"), "%5Bfe80::1%5D");
}

TEST(ClientNameTest, OrAUser) {
  EXPECT_EQ(ClientAt("unix:", "uid 1000"), "uid 1000");
  EXPECT_EQ(ClientAt("unix:/run/client.sock", "uid 1000"), "uid 1000");
}

}  // namespace
}  // namespace waybill::exporter::rpc::admission
