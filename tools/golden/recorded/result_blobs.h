// SPDX-License-Identifier: Apache-2.0
// The blobs of a result directory that is made for a case.
#ifndef WAYBILL_TOOLS_GOLDEN_RECORDED_RESULT_BLOBS_H_
#define WAYBILL_TOOLS_GOLDEN_RECORDED_RESULT_BLOBS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace waybill::golden::recorded {

absl::Status WriteFile(const std::string& path, const std::string& bytes);

// Where the blob with that digest is in the result directory.
std::string BlobPath(const std::string& directory, const std::string& digest);

// Writes the blob, whose directory is there. Gives its digest.
absl::StatusOr<std::string> AddBlob(const std::string& directory, const std::string& bytes);

}  // namespace waybill::golden::recorded

#endif  // WAYBILL_TOOLS_GOLDEN_RECORDED_RESULT_BLOBS_H_
