// SPDX-License-Identifier: Apache-2.0
// Image names: the "name" option as destinations, statements and the response use it.
#ifndef WAYBILL_EXPORTER_REQUEST_NAMES_H_
#define WAYBILL_EXPORTER_REQUEST_NAMES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "exporter/request/metadata.h"
#include "exporter/request/options.h"
#include "oci/digest.h"

namespace waybill::exporter::request {

// The parts of the option that name what statements are about: not empty, not yet replaced where the option is "*".
// Errors: INVALID_ARGUMENT, `failed to parse ref "<part>": ...`.
absl::StatusOr<std::vector<std::string>> SubjectNames(const ExportOptions& options);

// What the image is stored or pushed as. "*" is the build's "image.name". For oci and docker normalised, tagged
// "latest" where nothing is said; for image as given. Errors: INVALID_ARGUMENT, `failed to parse <part>: ...`, and
// `failed to push <part>: ...` for names that cannot be pushed as asked.
absl::StatusOr<std::vector<std::string>> DestinationNames(const ExportOptions& options, const Metadata& metadata);

// `names` and, for image, the dangling name that the options ask for. It has a digest: as DestinationNames, it is an
// error where only names without one can be pushed.
absl::StatusOr<std::vector<std::string>> WithDanglingName(std::vector<std::string> names, const ExportOptions& options,
                                                          const oci::Digest& root);

}  // namespace waybill::exporter::request

#endif  // WAYBILL_EXPORTER_REQUEST_NAMES_H_
