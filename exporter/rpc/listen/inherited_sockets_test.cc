// SPDX-License-Identifier: Apache-2.0
// A supervisor's own hand: tools/e2e/service/systemd_test.sh runs systemd-socket-activate.
#include "exporter/rpc/listen/inherited_sockets.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "exporter/rpc/listen/listening_socket.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/file/fd.h"

namespace waybill::exporter::rpc::listen {
namespace {

InheritedSockets::Lookup Variables(std::map<std::string, std::string> values) {
  return [values](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

// Sockets as a supervisor has them: it keeps each, and hands a copy down.
class InheritedSocketsTest : public ::testing::Test {
 protected:
  InheritedSocketsTest() {
    char name[] = "/tmp/waybill-XXXXXX";
    directory_ = mkdtemp(name);
  }
  ~InheritedSocketsTest() override { std::filesystem::remove_all(directory_); }

  Address Path(const std::string& name) const { return {Address::Kind::kUnix, absl::StrCat(directory_, "/", name)}; }
  ListeningSocket Open(const Address& address) {
    absl::StatusOr<ListeningSocket> socket = ListeningSocket::Listen(address, "");
    EXPECT_TRUE(socket.ok()) << socket.status();
    return *std::move(socket);
  }
  static int CopyOf(const ListeningSocket& socket) { return fcntl(socket.fd().number(), F_DUPFD, 0); }

  std::string directory_;
};

TEST_F(InheritedSocketsTest, OneThatWasTakenOverGoesOnWhenItsTakerEnds) {
  const ListeningSocket supervisor = Open(Path("s"));
  for (int restart = 0; restart < 2; ++restart) {
    InheritedSockets inherited({{.fd = CopyOf(supervisor), .name = "waybill.socket"}});
    const auto addresses = inherited.Take("fd://");
    ASSERT_TRUE(addresses.ok()) << addresses.status();
    ASSERT_EQ(addresses->size(), 1u);
    EXPECT_EQ(addresses->front().ToString(), absl::StrCat("unix://", directory_, "/s"));
    {
      const absl::StatusOr<ListeningSocket> taken = ListeningSocket::Listen(addresses->front(), "");
      ASSERT_TRUE(taken.ok()) << taken.status();
      EXPECT_EQ(taken->address().ToString(), absl::StrCat("unix://", directory_, "/s"));
      EXPECT_NE(fcntl(taken->fd().number(), F_GETFD) & FD_CLOEXEC, 0);
      EXPECT_NE(fcntl(taken->fd().number(), F_GETFL) & O_NONBLOCK, 0);
    }
    EXPECT_TRUE(std::filesystem::exists(absl::StrCat(directory_, "/s"))) << "the file is the supervisor's";
  }
}

TEST_F(InheritedSocketsTest, ByName) {
  const ListeningSocket grpc = Open(Path("grpc"));
  const ListeningSocket tcp = Open({Address::Kind::kTcp, "127.0.0.1:0"});
  const ListeningSocket six = Open({Address::Kind::kTcp, "[::1]:0"});
  InheritedSockets inherited({{.fd = CopyOf(grpc), .name = "grpc"},
                              {.fd = CopyOf(tcp), .name = "metrics"},
                              {.fd = CopyOf(six), .name = "metrics"}});
  const auto metrics = inherited.Take("fd://metrics");
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  ASSERT_EQ(metrics->size(), 2u);
  EXPECT_EQ((*metrics)[0].ToString(), tcp.address().ToString());
  EXPECT_EQ((*metrics)[1].ToString(), six.address().ToString());
  for (const Address& address : *metrics) close(address.inherited_fd);
  // All of them: one is something else already.
  EXPECT_EQ(inherited.Take("fd://").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(inherited.Take("fd://other").status().message(), "LISTEN_FDNAMES"));
}

TEST_F(InheritedSocketsTest, RefusesWhatIsNoListeningSocket) {
  const oci::file::Fd file(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const oci::file::Fd idle(socket(AF_INET, SOCK_STREAM, 0));
  const oci::file::Fd datagrams(socket(AF_INET, SOCK_DGRAM, 0));
  const oci::file::Fd hidden(socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_EQ(::listen(hidden.number(), 1), -1);  // without a name it cannot
  for (const oci::file::Fd* const fd : {&file, &idle, &datagrams, &hidden}) {
    InheritedSockets inherited({{.fd = fd->number(), .name = "x"}});
    EXPECT_TRUE(absl::StrContains(inherited.Take("fd://").status().message(), "does not listen for streams"));
  }
}

TEST(InheritedSocketsEnvironmentTest, CountsFromTheFirst) {
  const auto sockets =
      InheritedSockets::From(Variables({{"LISTEN_PID", "7"}, {"LISTEN_FDS", "2"}, {"LISTEN_FDNAMES", "a:b"}}), 7, 1000);
  ASSERT_TRUE(sockets.ok());
  InheritedSockets copy = *sockets;
  // Both are there, and neither is open.
  EXPECT_TRUE(absl::StrContains(copy.Take("fd://a").status().message(), "the socket 1000 (a)"));
  EXPECT_TRUE(absl::StrContains(copy.Take("fd://b").status().message(), "the socket 1001 (b)"));
}

TEST(InheritedSocketsEnvironmentTest, ThoseOfAnotherProcessAreNotOurs) {
  auto sockets = InheritedSockets::From(Variables({{"LISTEN_PID", "8"}, {"LISTEN_FDS", "1"}}), 7, 3);
  ASSERT_TRUE(sockets.ok());
  EXPECT_TRUE(absl::StrContains(sockets->Take("fd://").status().message(), "no such socket was handed down"));
  EXPECT_TRUE(InheritedSockets::From(Variables({}), 7, 3).ok());
  for (const char* const count : {"", "-1", "x", "100000"}) {
    EXPECT_EQ(
        oci::ReasonOf(InheritedSockets::From(Variables({{"LISTEN_PID", "7"}, {"LISTEN_FDS", count}}), 7, 3).status()),
        oci::Reason::kInvalidInput)
        << count;
  }
}

}  // namespace
}  // namespace waybill::exporter::rpc::listen
