// SPDX-License-Identifier: Apache-2.0
// The running sessions, and the thread that destroys those that ended: ending one waits for its calls, which no gRPC
// thread may do.
#ifndef WAYBILL_EXPORTER_BRIDGE_SESSION_SESSION_TABLE_H_
#define WAYBILL_EXPORTER_BRIDGE_SESSION_SESSION_TABLE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "exporter/bridge/session/session.h"

namespace waybill::exporter::bridge::session {

// Thread-safe.
class SessionTable {
 public:
  SessionTable();
  // Waits until every session has been retired.
  ~SessionTable();

  Session& Add(std::unique_ptr<Session> session);
  // The way to the client of a running session, or null. Shared: see Session::client.
  std::shared_ptr<grpc::Channel> Client(const std::string& session_id);
  // Of running sessions.
  size_t size();
  // For SessionHooks::Ended.
  void Retire(Session& session);

 private:
  void Run();
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !retired_.empty() || (closing_ && running_.empty());
  }

  absl::Mutex mutex_;
  absl::flat_hash_map<Session*, std::unique_ptr<Session>> running_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Session>> retired_ ABSL_GUARDED_BY(mutex_);
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::jthread thread_;
};

}  // namespace waybill::exporter::bridge::session

#endif  // WAYBILL_EXPORTER_BRIDGE_SESSION_SESSION_TABLE_H_
