// SPDX-License-Identifier: Apache-2.0
// Clients of other users are in tools/e2e/service/log_test.sh.
#include "exporter/rpc/listen/allowed_peers.h"

#include <sys/socket.h>
#include <unistd.h>

#include <vector>

#include "gtest/gtest.h"
#include "oci/file/fd.h"

namespace waybill::exporter::rpc::listen {
namespace {

TEST(AllowedPeersTest, ByUserAndGroup) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const oci::file::Fd ours(ends[0]), theirs(ends[1]);
  const uid_t other_user = geteuid() + 1;
  const gid_t other_group = getegid() + 4242;
  EXPECT_TRUE(AllowedPeers{}.Allow(ours.number()));
  EXPECT_TRUE((AllowedPeers{.users = {other_user, geteuid()}}.Allow(ours.number())));
  EXPECT_FALSE((AllowedPeers{.users = {other_user}}.Allow(ours.number())));
  EXPECT_TRUE((AllowedPeers{.users = {other_user}, .groups = {getegid()}}.Allow(ours.number())));
  EXPECT_FALSE((AllowedPeers{.groups = {other_group}}.Allow(ours.number())));
  std::vector<gid_t> supplementary(100);
  const int count = getgroups(static_cast<int>(supplementary.size()), supplementary.data());
  for (int i = 0; i < count; ++i) {
    EXPECT_TRUE((AllowedPeers{.groups = {supplementary[static_cast<size_t>(i)]}}.Allow(ours.number())));
  }
  // Without credentials nobody is.
  const oci::file::Fd ip(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_FALSE((AllowedPeers{.users = {geteuid()}}.Allow(-1)));
  EXPECT_TRUE(AllowedPeers{}.Allow(ip.number()));
}

}  // namespace
}  // namespace waybill::exporter::rpc::listen
