// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/commands/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/file/fd.h"

namespace waybill::cli::commands {
namespace {

ServiceManager With(std::map<std::string, std::string> values) {
  return ServiceManager::From(
      [values](const std::string& name) -> std::optional<std::string> {
        const auto found = values.find(name);
        return found == values.end() ? std::nullopt : std::optional(found->second);
      },
      7);
}

// Binds a manager's socket. A name that begins with '@' is abstract.
oci::file::Fd Bind(const std::string& name) {
  oci::file::Fd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = {}};
  std::memcpy(at.sun_path, name.data(), name.size());
  if (name[0] == '@') at.sun_path[0] = '\0';
  EXPECT_EQ(bind(fd.number(), reinterpret_cast<const sockaddr*>(&at),
                 static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())),
            0);
  return fd;
}

std::string Received(const oci::file::Fd& fd) {
  char bytes[1000];
  const ssize_t got = recv(fd.number(), bytes, sizeof(bytes), 0);
  return got < 0 ? "" : std::string(bytes, static_cast<size_t>(got));
}

TEST(ServiceManagerTest, IsToldByDatagram) {
  char directory[] = "/tmp/waybill-XXXXXX";
  ASSERT_NE(mkdtemp(directory), nullptr);
  for (const std::string& name : {absl::StrCat(directory, "/notify"), absl::StrCat("@waybill-test-", getpid())}) {
    const oci::file::Fd socket = Bind(name);
    EXPECT_EQ(With({{"NOTIFY_SOCKET", name}}).Tell("READY=1\nSTATUS=serving"), absl::OkStatus());
    EXPECT_EQ(Received(socket), "READY=1\nSTATUS=serving");
  }
  std::filesystem::remove_all(directory);
  EXPECT_FALSE(With({{"NOTIFY_SOCKET", absl::StrCat(directory, "/notify")}}).Tell("READY=1").ok());
  EXPECT_EQ(oci::ReasonOf(With({{"NOTIFY_SOCKET", std::string(200, 'x')}}).Tell("READY=1")),
            oci::Reason::kInvalidInput);
}

TEST(ServiceManagerTest, WithoutOneNothingIsTold) {
  const ServiceManager nobody = With({{"WATCHDOG_USEC", "1000000"}});
  EXPECT_EQ(nobody.Tell("READY=1"), absl::OkStatus());
  EXPECT_EQ(nobody.watchdog_interval(), absl::InfiniteDuration());
}

TEST(ServiceManagerTest, TheWatchdogIsFedInHalfOfItsTime) {
  const auto interval = [](const std::string& microseconds, const std::string& pid) {
    return With({{"NOTIFY_SOCKET", "/x"}, {"WATCHDOG_USEC", microseconds}, {"WATCHDOG_PID", pid}}).watchdog_interval();
  };
  EXPECT_EQ(interval("30000000", "7"), absl::Seconds(15));
  EXPECT_EQ(interval("30000000", "8"), absl::InfiniteDuration());
  EXPECT_EQ(interval("0", "7"), absl::InfiniteDuration());
  EXPECT_EQ(interval("x", "7"), absl::InfiniteDuration());
  EXPECT_EQ(With({{"NOTIFY_SOCKET", "/x"}, {"WATCHDOG_USEC", "20"}}).watchdog_interval(), absl::Microseconds(10));
}

TEST(GrpcAnswersTest, ItDoes) { EXPECT_TRUE(GrpcAnswers(absl::Seconds(60))); }

}  // namespace
}  // namespace waybill::cli::commands
