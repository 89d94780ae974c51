// SPDX-License-Identifier: Apache-2.0
// What a registry holds, seen and changed from inside: for tests, which look behind the answers.
#ifndef WAYBILL_OCI_REGISTRY_SERVER_CONTENTS_H_
#define WAYBILL_OCI_REGISTRY_SERVER_CONTENTS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/digest.h"
#include "oci/registry/server/store/catalog.h"
#include "oci/registry/server/store/storage.h"

namespace waybill::oci::registry::server {

// Safe to use from several threads at once. Storage and catalog must outlive it.
class Contents {
 public:
  Contents(store::Storage& storage, store::Catalog& catalog) : storage_(storage), catalog_(catalog) {}

  bool HasBlob(absl::string_view repository, const Digest& digest) const;
  bool HasManifest(absl::string_view repository, const Digest& digest) const;
  std::optional<Digest> Tagged(absl::string_view repository, absl::string_view tag) const;
  std::vector<std::string> Tags(absl::string_view repository) const;
  std::vector<Digest> Referrers(absl::string_view repository, const Digest& subject) const;
  // The bytes of a manifest or blob; NOT_FOUND.
  absl::StatusOr<std::string> Content(absl::string_view repository, const Digest& digest) const;
  // Puts a blob there without a request.
  absl::Status AddBlob(absl::string_view repository, absl::string_view bytes);
  void AddRepository(absl::string_view repository);

 private:
  store::Storage& storage_;
  store::Catalog& catalog_;
};

}  // namespace waybill::oci::registry::server

#endif  // WAYBILL_OCI_REGISTRY_SERVER_CONTENTS_H_
