// SPDX-License-Identifier: Apache-2.0
// New manifests about manifests that exist.
#ifndef WAYBILL_TOOLS_CLI_CHANGING_NEW_REFERRERS_H_
#define WAYBILL_TOOLS_CLI_CHANGING_NEW_REFERRERS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/registry/push/push_request.h"
#include "tools/cli/changing/image_place.h"

namespace waybill::cli::changing {

struct NewReferrer {
  oci::Descriptor subject;
  oci::Descriptor manifest;
};

// Writes them: into the image's own place, or with the image elsewhere. In a registry all referrers of one subject are
// one update of its fallback tag, and of the image only the subjects are read, not all that the index lists. `content`
// has the image and the referrers. Errors: those of ImagePlace::Write.
absl::StatusOr<oci::registry::push::PushReport> WriteReferrers(const oci::Context& context, ImagePlace& place,
                                                               const std::vector<NewReferrer>& referrers,
                                                               oci::content::Fetcher& content,
                                                               const Destination& destination,
                                                               const WriteOptions& options);

}  // namespace waybill::cli::changing

#endif  // WAYBILL_TOOLS_CLI_CHANGING_NEW_REFERRERS_H_
