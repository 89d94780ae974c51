// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/listen/allowed_peers.h"

#include <sys/socket.h>

#include <algorithm>

namespace waybill::exporter::rpc::listen {
namespace {

// As many groups as the kernel lets a process have.
constexpr size_t kMaxGroups = 65536;

template <typename Id>
bool Has(const std::vector<Id>& ids, Id id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

std::optional<ucred> PeerAt(int socket) {
  ucred peer = {};
  socklen_t size = sizeof(peer);
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || size != sizeof(peer)) return std::nullopt;
  return peer;
}

}  // namespace

std::optional<uid_t> UserAt(int socket) {
  const std::optional<ucred> peer = PeerAt(socket);
  if (!peer.has_value()) return std::nullopt;
  return peer->uid;
}

bool AllowedPeers::Allow(int socket) const {
  if (users.empty() && groups.empty()) return true;
  const std::optional<ucred> peer = PeerAt(socket);
  if (!peer.has_value()) return false;
  if (Has(users, peer->uid) || Has(groups, peer->gid)) return true;
  if (groups.empty()) return false;
  std::vector<gid_t> others(kMaxGroups);
  socklen_t size = static_cast<socklen_t>(others.size() * sizeof(gid_t));
  if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, others.data(), &size) != 0) return false;
  others.resize(size / sizeof(gid_t));
  return std::any_of(others.begin(), others.end(), [this](gid_t group) { return Has(groups, group); });
}

}  // namespace waybill::exporter::rpc::listen
