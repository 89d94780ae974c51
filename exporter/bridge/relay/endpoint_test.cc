// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/relay/endpoint.h"

#include <gtest/gtest.h>

#include <string>

#include "oci/error.h"

namespace waybill::exporter::bridge::relay {
namespace {

TEST(EndpointTest, UnixSocket) {
  const absl::StatusOr<Endpoint> endpoint = Endpoint::Parse("unix:///run/buildkit/buildkitd.sock");
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  EXPECT_EQ(endpoint->grpc_target, "unix:/run/buildkit/buildkitd.sock");
  EXPECT_EQ(endpoint->unix_path, "/run/buildkit/buildkitd.sock");
}

TEST(EndpointTest, Tcp) {
  const absl::StatusOr<Endpoint> endpoint = Endpoint::Parse("tcp://[::1]:1234");
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  EXPECT_EQ(endpoint->grpc_target, "[::1]:1234");
  EXPECT_EQ(endpoint->unix_path, "");
}

TEST(EndpointTest, WhatIsNoAddress) {
  for (const std::string text : {"", "/run/x.sock", "unix://x.sock", "tcp://host", "tcp://:1", "tcp://h:65536",
                                 "tcp://h:x", "docker-container://x"}) {
    const absl::StatusOr<Endpoint> endpoint = Endpoint::Parse(text);
    ASSERT_FALSE(endpoint.ok()) << text;
    EXPECT_EQ(oci::ReasonOf(endpoint.status()), oci::Reason::kInvalidInput);
    EXPECT_NE(std::string(endpoint.status().message()).find("\"" + text + "\""), std::string::npos);
  }
  EXPECT_FALSE(Endpoint::Parse("unix:///" + std::string(107, 'x')).ok());
}

}  // namespace
}  // namespace waybill::exporter::bridge::relay
