// SPDX-License-Identifier: Apache-2.0
// Upload sessions of the fake registry.
#ifndef WAYBILL_OCI_REGISTRY_SERVER_STORE_UPLOADS_H_
#define WAYBILL_OCI_REGISTRY_SERVER_STORE_UPLOADS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "oci/digest.h"
#include "oci/registry/server/store/storage.h"

namespace waybill::oci::registry::server::store {

struct UploadSession {
  std::string id;
  std::string repository;
  std::unique_ptr<Draft> draft;
  Hasher hasher;
  int64_t chunks = 0;  // finished PATCH requests
};

// Safe to use from several threads at once; a session is with at most one of them.
class Uploads {
 public:
  // When there are more sessions than this, the oldest is dropped.
  static constexpr size_t kMaxSessions = 4096;

  std::unique_ptr<UploadSession> Open(absl::string_view repository, std::unique_ptr<Draft> draft, Hasher hasher);
  // Null when there is no such session in the repository, or another request has it.
  std::unique_ptr<UploadSession> Take(absl::string_view repository, absl::string_view id);
  void Return(std::unique_ptr<UploadSession> session);
  // Sessions that are open and with nobody.
  size_t size() const;

 private:
  mutable absl::Mutex mutex_;
  int64_t last_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, std::unique_ptr<UploadSession>> sessions_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace waybill::oci::registry::server::store

#endif  // WAYBILL_OCI_REGISTRY_SERVER_STORE_UPLOADS_H_
