// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/session/session_table.h"

#include <utility>

namespace waybill::exporter::bridge::session {

SessionTable::SessionTable() : thread_([this] { Run(); }) {}

SessionTable::~SessionTable() {
  absl::MutexLock lock(&mutex_);
  closing_ = true;
}

Session& SessionTable::Add(std::unique_ptr<Session> session) {
  Session& added = *session;
  absl::MutexLock lock(&mutex_);
  running_.emplace(&added, std::move(session));
  return added;
}

size_t SessionTable::size() {
  absl::MutexLock lock(&mutex_);
  return running_.size();
}

std::shared_ptr<grpc::Channel> SessionTable::Client(const std::string& session_id) {
  absl::MutexLock lock(&mutex_);
  for (const auto& [session, owned] : running_) {
    if (session->id() == session_id) return session->client();
  }
  return nullptr;
}

void SessionTable::Retire(Session& session) {
  absl::MutexLock lock(&mutex_);
  auto node = running_.extract(&session);
  retired_.push_back(std::move(node.mapped()));
}

void SessionTable::Run() {
  while (true) {
    std::vector<std::unique_ptr<Session>> retired;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &SessionTable::HasWork));
      if (retired_.empty()) return;
      retired.swap(retired_);
    }
  }
}

}  // namespace waybill::exporter::bridge::session
