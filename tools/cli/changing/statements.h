// SPDX-License-Identifier: Apache-2.0
// Statements about images that exist, made of files that a user names.
#ifndef WAYBILL_TOOLS_CLI_CHANGING_STATEMENTS_H_
#define WAYBILL_TOOLS_CLI_CHANGING_STATEMENTS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "exporter/input/attest.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"

namespace waybill::cli::changing {

struct StatementPlace {
  oci::content::Store& store;  // gets the statements
  std::string scratch_directory;
  std::string version;                   // of BuildKit, as statements of exports name it
  std::vector<std::string> image_names;  // of the subjects; none: "_"
};

struct NewStatement {
  size_t image = 0;  // in the images that were given
  oci::Descriptor statement;
};

// The file's statements, one for each of `images` (manifests as the index lists them) that the file is for: those of
// its platform, or all. A predicate gets the subjects that an export gives it. A statement, and an envelope around one,
// stays byte for byte, because it may be signed, and is for the images that it names. Errors: INVALID_ARGUMENT for what
// is neither, for another type than the user said, and when it is for none of the images; the store's.
absl::StatusOr<std::vector<NewStatement>> MakeStatementsAbout(const oci::Context& context,
                                                              const exporter::input::AttestationFile& file,
                                                              const std::vector<oci::Descriptor>& images,
                                                              const StatementPlace& place);

}  // namespace waybill::cli::changing

#endif  // WAYBILL_TOOLS_CLI_CHANGING_STATEMENTS_H_
