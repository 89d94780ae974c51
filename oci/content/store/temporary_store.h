// SPDX-License-Identifier: Apache-2.0
// A store for the blobs of one export, which goes with it.
#ifndef WAYBILL_OCI_CONTENT_STORE_TEMPORARY_STORE_H_
#define WAYBILL_OCI_CONTENT_STORE_TEMPORARY_STORE_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "oci/content/store/file_store.h"
#include "oci/file/fd.h"

namespace waybill::oci::content::store {

// Owns a directory of its own. Readers that are open when it goes keep their bytes. A process that is killed leaves its
// directories behind, but not the locks (flock) that it holds on them.
class TemporaryStore {
 public:
  // The directory is made in `parent`, which is made too when it is missing.
  static absl::StatusOr<std::unique_ptr<TemporaryStore>> Create(const std::string& parent);
  // Removes what killed processes left in `parent`: directories that have a name of Create's, belong to this user and
  // are locked by nobody. Follows no symbolic links. What cannot be locked or removed stays, as does everything on a
  // file system without locks. Safe beside other processes that create and remove.
  static void RemoveAbandoned(const std::string& parent);
  ~TemporaryStore();
  TemporaryStore(const TemporaryStore&) = delete;
  TemporaryStore& operator=(const TemporaryStore&) = delete;

  FileStore& store() { return store_; }

 private:
  TemporaryStore(const std::string& root, file::Fd lock) : lock_(std::move(lock)), store_(root, {.sync = false}) {}

  const file::Fd lock_;
  FileStore store_;
};

}  // namespace waybill::oci::content::store

#endif  // WAYBILL_OCI_CONTENT_STORE_TEMPORARY_STORE_H_
