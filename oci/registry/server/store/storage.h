// SPDX-License-Identifier: Apache-2.0
// Where the fake registry keeps bytes: the roles, and the one in memory. All are safe to use from several threads.
#ifndef WAYBILL_OCI_REGISTRY_SERVER_STORE_STORAGE_H_
#define WAYBILL_OCI_REGISTRY_SERVER_STORE_STORAGE_H_

#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/digest.h"
#include "oci/io/stream.h"

namespace waybill::oci::registry::server::store {

// The bytes of an upload so far; dropped with the object unless kept. Not thread-safe.
class Draft : public io::Writer {
 public:
  virtual int64_t size() const = 0;
  // Makes the bytes the blob `digest`, which the caller has computed. Nothing may be written afterwards.
  virtual absl::Status Keep(const Digest& digest) = 0;
};

class BlobStorage {
 public:
  virtual ~BlobStorage() = default;
  virtual absl::StatusOr<std::unique_ptr<Draft>> NewDraft(absl::string_view repository) = 0;
  // NOT_FOUND when the repository does not have it. Stays readable when the blob is removed meanwhile.
  virtual absl::StatusOr<std::unique_ptr<io::Source>> Open(absl::string_view repository, const Digest& digest) = 0;
  virtual absl::Status Remove(absl::string_view repository, const Digest& digest) = 0;
};

class Mounter {
 public:
  virtual ~Mounter() = default;
  // NOT_FOUND when `from` does not have the blob.
  virtual absl::Status Mount(absl::string_view from, absl::string_view to, const Digest& digest) = 0;
};

// A repository's list of manifests and tags, as the index.json of an OCI layout.
class IndexStorage {
 public:
  virtual ~IndexStorage() = default;
  virtual absl::Status Save(absl::string_view repository, absl::string_view index_json) = 0;
  // By repository name.
  virtual absl::StatusOr<std::map<std::string, std::string>> LoadAll() = 0;
};

class Storage : public BlobStorage, public Mounter, public IndexStorage {};

std::unique_ptr<Storage> NewMemoryStorage();

}  // namespace waybill::oci::registry::server::store

#endif  // WAYBILL_OCI_REGISTRY_SERVER_STORE_STORAGE_H_
