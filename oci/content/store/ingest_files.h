// SPDX-License-Identifier: Apache-2.0
// An ingest on disk: a directory with "data" and "about.json".
#ifndef WAYBILL_OCI_CONTENT_STORE_INGEST_FILES_H_
#define WAYBILL_OCI_CONTENT_STORE_INGEST_FILES_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/digest.h"

namespace waybill::oci::content::store {

struct IngestStatus {
  std::string ref;
  int64_t offset = 0;  // bytes written
  Expected expected;   // what the first writer said
  std::string owner;   // the first writer, as the budget knows it
  absl::Time started_at;
  absl::Time updated_at;
};

// Of the data while it is written.
inline constexpr mode_t kIngestMode = 0600;

// The file of the bytes of the ingest whose directory is `path`.
std::string IngestData(const std::string& path);

// What is known of the ingest. NOT_FOUND for a directory without either file, or with an "about.json" that cannot be
// read: a machine that lost power may leave an empty one.
absl::StatusOr<IngestStatus> ReadIngestStatus(const std::string& path);
// Makes the directory where there is none.
absl::Status WriteIngestStatus(const std::string& path, const IngestStatus& status);

// `hasher`, which has seen nothing, when it has seen the data.
absl::StatusOr<Hasher> HashIngestData(const Context& context, const std::string& path, Hasher hasher);
// One for the algorithm of the digest; SHA-256 without one.
Hasher HasherFor(const std::optional<Digest>& expected);

}  // namespace waybill::oci::content::store

#endif  // WAYBILL_OCI_CONTENT_STORE_INGEST_FILES_H_
