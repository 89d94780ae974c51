// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/store/daemon_process.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::exporter::bridge::store {
namespace {

// A socket's path must be short, and tests' directories are not.
std::string SocketPath() { return absl::StrCat("/tmp/waybill-", getpid(), ".sock"); }

oci::file::Fd ListenOn(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  oci::file::Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  unlink(path.c_str());
  EXPECT_EQ(bind(fd.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(listen(fd.number(), 1), 0);
  return fd;
}

TEST(DaemonProcessTest, IsTheOneThatListens) {
  const std::string path = SocketPath();
  const oci::file::Fd listener = ListenOn(path);
  const absl::StatusOr<DaemonProcess> process = ProcessBehind(path);
  unlink(path.c_str());
  ASSERT_TRUE(process.ok()) << process.status();
  EXPECT_EQ(process->pid, getpid());
  ASSERT_FALSE(process->arguments.empty());
  EXPECT_TRUE(absl::StrContains(process->arguments[0], "daemon_process_test")) << process->arguments[0];
  EXPECT_EQ(process->environment.at("PATH"), std::getenv("PATH"));
  struct stat theirs, ours;
  ASSERT_EQ(fstat(process->root.number(), &theirs), 0);
  ASSERT_EQ(stat("/", &ours), 0);
  EXPECT_EQ(theirs.st_ino, ours.st_ino);
}

TEST(DaemonProcessTest, NobodyListens) {
  const std::string path = SocketPath();
  { const oci::file::Fd gone = ListenOn(path); }
  EXPECT_EQ(oci::ReasonOf(ProcessBehind(path).status()), oci::Reason::kNetwork);
  unlink(path.c_str());
  EXPECT_EQ(oci::ReasonOf(ProcessBehind(path).status()), oci::Reason::kNetwork);
  EXPECT_FALSE(ProcessBehind(std::string(200, 'x')).ok());
}

}  // namespace
}  // namespace waybill::exporter::bridge::store
