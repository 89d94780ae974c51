// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/store/uploads.h"

#include <utility>

#include "absl/strings/str_format.h"

namespace waybill::oci::registry::server::store {

std::unique_ptr<UploadSession> Uploads::Open(absl::string_view repository, std::unique_ptr<Draft> draft,
                                             Hasher hasher) {
  absl::MutexLock lock(&mutex_);
  return std::make_unique<UploadSession>(UploadSession{
      .id = absl::StrFormat("upload-%012d", ++last_),
      .repository = std::string(repository),
      .draft = std::move(draft),
      .hasher = std::move(hasher),
  });
}

std::unique_ptr<UploadSession> Uploads::Take(absl::string_view repository, absl::string_view id) {
  absl::MutexLock lock(&mutex_);
  const auto found = sessions_.find(std::string(id));
  if (found == sessions_.end() || found->second->repository != repository) return nullptr;
  return std::move(sessions_.extract(found).mapped());
}

void Uploads::Return(std::unique_ptr<UploadSession> session) {
  absl::MutexLock lock(&mutex_);
  const std::string id = session->id;
  sessions_[id] = std::move(session);
  if (sessions_.size() > kMaxSessions) sessions_.erase(sessions_.begin());
}

size_t Uploads::size() const {
  absl::MutexLock lock(&mutex_);
  return sessions_.size();
}

}  // namespace waybill::oci::registry::server::store
