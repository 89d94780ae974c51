// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/listen/address.h"

#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::exporter::rpc::listen {
namespace {

TEST(AddressTest, Parses) {
  const absl::StatusOr<Address> unix_address = Address::Parse("unix:///run/waybill.sock");
  ASSERT_TRUE(unix_address.ok());
  EXPECT_EQ(unix_address->GrpcTarget(), "unix:/run/waybill.sock");
  EXPECT_EQ(unix_address->ToString(), "unix:///run/waybill.sock");
  const absl::StatusOr<Address> tcp = Address::Parse("tcp://[::1]:9000");
  ASSERT_TRUE(tcp.ok());
  EXPECT_EQ(tcp->GrpcTarget(), "[::1]:9000");
  EXPECT_EQ(tcp->ToString(), "tcp://[::1]:9000");
  EXPECT_EQ(tcp->Host(), "::1");
  EXPECT_EQ(tcp->Port(), "9000");
  EXPECT_EQ(tcp->WithPort(80).ToString(), "tcp://[::1]:80");
}

TEST(AddressTest, TellsWhoCanConnect) {
  for (const char* text :
       {"unix:///s", "tcp://127.0.0.1:0", "tcp://127.8.9.10:1", "tcp://localhost:1", "tcp://[::1]:1"}) {
    EXPECT_TRUE(Address::Parse(text)->IsLocal()) << text;
  }
  for (const char* text :
       {"tcp://0.0.0.0:1", "tcp://[::]:1", "tcp://10.127.0.1:1", "tcp://host:1", "tcp://127.evil:1"}) {
    EXPECT_FALSE(Address::Parse(text)->IsLocal()) << text;
  }
}

TEST(AddressTest, NamesWhatIsWrong) {
  const std::pair<std::string, std::string> cases[] = {
      {"unix://relative", "the path is not absolute"},
      {"unix:///" + std::string(107, 'x'), "the path has more than 107 bytes"},
      {"tcp://localhost", "no host and port"},
      {"tcp://:80", "no host and port"},
      {"tcp://h:65536", "no host and port"},
      {"http://h:1", "unknown scheme"},
  };
  for (const auto& [text, why] : cases) {
    EXPECT_EQ(Address::Parse(text).status(), oci::InvalidInputError("address \"" + text + "\": " + why +
                                                                    "; expected unix:///path or tcp://host:port"));
  }
}

}  // namespace
}  // namespace waybill::exporter::rpc::listen
