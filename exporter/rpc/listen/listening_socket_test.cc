// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/listen/listening_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/file/fd.h"

namespace waybill::exporter::rpc::listen {
namespace {

class ListeningSocketTest : public ::testing::Test {
 protected:
  // A socket's path is short.
  ListeningSocketTest() {
    char name[] = "/tmp/waybill-XXXXXX";
    directory_ = mkdtemp(name);
    path_ = directory_ + "/s";
  }
  ~ListeningSocketTest() override { std::filesystem::remove_all(directory_); }

  absl::StatusOr<ListeningSocket> Listen(const std::string& group = "") const {
    return ListeningSocket::Listen({Address::Kind::kUnix, path_}, group);
  }
  // A socket's file as a process leaves it that was killed.
  void LeaveStale() const {
    const oci::file::Fd fd(socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = {}};
    std::strncpy(address.sun_path, path_.c_str(), sizeof(address.sun_path) - 1);
    ASSERT_EQ(bind(fd.number(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    ASSERT_EQ(::listen(fd.number(), 1), 0);
  }
  struct stat Stat() const {
    struct stat info = {};
    EXPECT_EQ(lstat(path_.c_str(), &info), 0);
    return info;
  }

  std::string directory_;
  std::string path_;
};

TEST_F(ListeningSocketTest, IsForItsGroup) {
  EXPECT_EQ(Listen("no-such-group").status(), oci::InvalidInputError("there is no group \"no-such-group\""));
  EXPECT_FALSE(std::filesystem::exists(path_));
  const absl::StatusOr<ListeningSocket> socket = Listen(absl::StrCat(getegid()));
  ASSERT_TRUE(socket.ok()) << socket.status();
  EXPECT_EQ(Stat().st_mode & 07777, 0660u);
  EXPECT_EQ(Stat().st_gid, getegid());
}

TEST_F(ListeningSocketTest, GivesItsFileAway) {
  if (geteuid() != 0) GTEST_SKIP() << "only root may";
  ASSERT_TRUE(Listen("daemon").ok());
  const absl::StatusOr<ListeningSocket> socket = Listen("4711");
  ASSERT_TRUE(socket.ok()) << socket.status();
  EXPECT_EQ(Stat().st_gid, 4711u);
}

TEST_F(ListeningSocketTest, StaleFilesGo) {
  LeaveStale();
  std::optional<ListeningSocket> socket = *Listen();
  EXPECT_TRUE(std::filesystem::exists(path_));
  socket.reset();
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(ListeningSocketTest, LiveOnesStay) {
  const absl::StatusOr<ListeningSocket> first = Listen();
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(Listen().status(), oci::InvalidInputError("listen on " + path_ + ": a server answers there already"));
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(ListeningSocketTest, AnotherServersFileStays) {
  std::optional<ListeningSocket> first = *Listen();
  std::filesystem::remove(path_);
  const absl::StatusOr<ListeningSocket> second = Listen();
  ASSERT_TRUE(second.ok()) << second.status();
  first.reset();
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(ListeningSocketTest, FilesStay) {
  std::ofstream(path_) << "precious";
  EXPECT_EQ(Listen().status(), oci::InvalidInputError("listen on " + path_ + ": it is not a socket"));
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(ListeningSocketTest, WhatStandsInTheWayIsNamed) {
  const absl::Status nowhere = ListeningSocket::Listen({Address::Kind::kUnix, path_ + "/none/s"}, "").status();
  EXPECT_EQ(oci::ReasonOf(nowhere), oci::Reason::kNetwork);
  EXPECT_EQ(nowhere.message(), "listen on unix://" + path_ + "/none/s: No such file or directory");

  const absl::StatusOr<ListeningSocket> taken = ListeningSocket::Listen({Address::Kind::kTcp, "localhost:0"}, "");
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_NE(taken->address().Port(), "0");
  const std::string place = "127.0.0.1:" + taken->address().Port();
  EXPECT_EQ(ListeningSocket::Listen({Address::Kind::kTcp, place}, "").status().message(),
            "listen on tcp://" + place + ": Address already in use");
}

}  // namespace
}  // namespace waybill::exporter::rpc::listen
