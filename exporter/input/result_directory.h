// SPDX-License-Identifier: Apache-2.0
// A result directory: a build result as a directory, "result.json" and blobs under "blobs/sha256/"
// (docs/result-directory.md).
#ifndef WAYBILL_EXPORTER_INPUT_RESULT_DIRECTORY_H_
#define WAYBILL_EXPORTER_INPUT_RESULT_DIRECTORY_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "exporter/request/build_result.h"
#include "oci/content/content.h"
#include "oci/context.h"

namespace waybill::exporter::input {

// Larger result.json files, and larger metadata values in blobs, are refused.
inline constexpr int64_t kMaxResultBytes = 64 << 20;
inline constexpr int64_t kMaxMetadataBytes = 16 << 20;

// Reads the text of a result.json. `blobs` gives metadata values and says what the blobs' sizes are; that every blob
// is there is checked, its bytes are not (whoever takes them does that).
// Errors: INVALID_ARGUMENT naming the place in the document, NOT_FOUND or FAILED_PRECONDITION naming place and blob.
absl::StatusOr<request::BuildResult> ParseResult(const oci::Context& context, absl::string_view text,
                                                 oci::content::Fetcher& blobs);

struct OpenedResult {
  request::BuildResult result;
  std::unique_ptr<oci::content::Fetcher> blobs;
};

// Opens the result in `directory`. Errors as ParseResult, with the file's name, and those of reading files.
absl::StatusOr<OpenedResult> OpenResultDirectory(const oci::Context& context, const std::string& directory);

}  // namespace waybill::exporter::input

#endif  // WAYBILL_EXPORTER_INPUT_RESULT_DIRECTORY_H_
