// SPDX-License-Identifier: Apache-2.0
// A store for the blobs of one export, which goes with it.
#ifndef WAYBILL_OCI_CONTENT_TEMPORARY_STORE_H_
#define WAYBILL_OCI_CONTENT_TEMPORARY_STORE_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "oci/content/file_store.h"

namespace waybill::oci::content {

// Owns a directory of its own. Readers that are open when it goes keep their bytes.
class TemporaryStore {
 public:
  // The directory is made in `parent`, which is made too when it is missing.
  static absl::StatusOr<std::unique_ptr<TemporaryStore>> Create(const std::string& parent);
  ~TemporaryStore();
  TemporaryStore(const TemporaryStore&) = delete;
  TemporaryStore& operator=(const TemporaryStore&) = delete;

  FileStore& store() { return store_; }

 private:
  explicit TemporaryStore(const std::string& root) : store_(root, {.sync = false}) {}
  FileStore store_;
};

}  // namespace waybill::oci::content

#endif  // WAYBILL_OCI_CONTENT_TEMPORARY_STORE_H_
