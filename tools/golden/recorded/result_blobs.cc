// SPDX-License-Identifier: Apache-2.0
#include "tools/golden/recorded/result_blobs.h"

#include <fstream>

#include "absl/strings/str_cat.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::golden::recorded {

absl::Status WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  file.close();
  return file.good() ? absl::OkStatus() : oci::StorageError(absl::StrCat("cannot write ", path));
}

std::string BlobPath(const std::string& directory, const std::string& digest) {
  return absl::StrCat(directory, "/blobs/sha256/", digest.substr(sizeof("sha256:") - 1));
}

absl::StatusOr<std::string> AddBlob(const std::string& directory, const std::string& bytes) {
  std::string digest = oci::Digest::Of(bytes).ToString();
  ABSL_RETURN_IF_ERROR(WriteFile(BlobPath(directory, digest), bytes));
  return digest;
}

}  // namespace waybill::golden::recorded
