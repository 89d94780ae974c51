// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/io/fd.h"

namespace waybill::exporter::service {
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

class SocketTest : public ::testing::Test {
 protected:
  // A socket's path is short.
  SocketTest() {
    char name[] = "/tmp/waybill-XXXXXX";
    directory_ = mkdtemp(name);
    path_ = directory_ + "/s";
  }
  ~SocketTest() override { std::filesystem::remove_all(directory_); }

  oci::io::Fd Listen() {
    oci::io::Fd fd(socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = {}};
    std::strncpy(address.sun_path, path_.c_str(), sizeof(address.sun_path) - 1);
    EXPECT_EQ(bind(fd.number(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(fd.number(), 1), 0);
    return fd;
  }

  std::string directory_;
  std::string path_;
};

TEST_F(SocketTest, StaleOnesGo) {
  EXPECT_TRUE(RemoveStaleSocket(path_).ok());
  Listen();
  EXPECT_TRUE(std::filesystem::exists(path_));
  EXPECT_TRUE(RemoveStaleSocket(path_).ok());
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(SocketTest, LiveOnesStay) {
  const oci::io::Fd server = Listen();
  EXPECT_EQ(RemoveStaleSocket(path_),
            oci::InvalidInputError("listen on " + path_ + ": a server answers there already"));
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(SocketTest, WhatStandsInTheWayIsNamed) {
  const Address::Kind unix_socket = Address::Kind::kUnix;
  EXPECT_TRUE(CheckFree({unix_socket, path_}).ok());
  EXPECT_FALSE(std::filesystem::exists(path_));
  const absl::Status nowhere = CheckFree({unix_socket, path_ + "/none/s"});
  EXPECT_EQ(oci::ReasonOf(nowhere), oci::Reason::kNetwork);
  EXPECT_EQ(nowhere.message(), "listen on unix://" + path_ + "/none/s: No such file or directory");

  const oci::io::Fd taken(socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(bind(taken.number(), reinterpret_cast<const sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(taken.number(), 1), 0);
  ASSERT_EQ(getsockname(taken.number(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string place = absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
  EXPECT_EQ(CheckFree({Address::Kind::kTcp, place}).message(), "listen on tcp://" + place + ": Address already in use");
  EXPECT_TRUE(CheckFree({Address::Kind::kTcp, "127.0.0.1:0"}).ok());
}

TEST_F(SocketTest, FilesStay) {
  std::ofstream(path_) << "precious";
  EXPECT_EQ(RemoveStaleSocket(path_), oci::InvalidInputError("listen on " + path_ + ": it is not a socket"));
  EXPECT_TRUE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace waybill::exporter::service
