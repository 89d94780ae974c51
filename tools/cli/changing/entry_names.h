// SPDX-License-Identifier: Apache-2.0
// The names of images in a layout, as they can be written again.
#ifndef WAYBILL_TOOLS_CLI_CHANGING_ENTRY_NAMES_H_
#define WAYBILL_TOOLS_CLI_CHANGING_ENTRY_NAMES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/descriptor.h"

namespace waybill::cli::changing {

// "" when there is none.
std::string AnnotationOf(const oci::Descriptor& entry, absl::string_view key);

// False for an entry that only tells what refers to an image.
bool IsImage(const oci::Descriptor& entry);

// INVALID_ARGUMENT: "<why>; --output writes the image elsewhere".
absl::Status UseOutput(absl::string_view why);

// The name that writes an entry of these names again; "" for an entry without one. INVALID_ARGUMENT when no name does.
absl::StatusOr<std::string> NameOf(const oci::Descriptor& entry, bool is_archive);

}  // namespace waybill::cli::changing

#endif  // WAYBILL_TOOLS_CLI_CHANGING_ENTRY_NAMES_H_
