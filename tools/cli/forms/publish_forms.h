// SPDX-License-Identifier: Apache-2.0
// The statements of an image that exists, published in other forms.
#ifndef WAYBILL_TOOLS_CLI_FORMS_PUBLISH_FORMS_H_
#define WAYBILL_TOOLS_CLI_FORMS_PUBLISH_FORMS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "attest/publish/publish.h"
#include "attest/publish/wanted.h"
#include "oci/context.h"
#include "oci/digest.h"
#include "oci/registry/config/fallback.h"
#include "oci/registry/push/push_request.h"
#include "tools/cli/changing/change_flags.h"

namespace waybill::cli::forms {

// What came of it.
struct Outcome {
  oci::Digest root;
  attest::publish::Published published;
  std::optional<oci::registry::push::PushReport> report;  // unset when nothing was written
};

// Publishes what is wanted of the image that the flags name, where the flags say, and warns on standard error. Errors:
// those of the flags, of the image and of its place; NOT_FOUND when nothing could be published. They name the image.
absl::StatusOr<Outcome> PublishForms(const oci::Context& context, const changing::ChangeFlags& flags,
                                     const attest::publish::Wanted& wanted);

// The same of an image that has just been written, where it lies. An image without a statement that could be published
// is no error, but a warning.
absl::StatusOr<Outcome> PublishFormsOfWritten(const oci::Context& context, const changing::ChangeFlags& flags,
                                              const attest::publish::Wanted& wanted);

}  // namespace waybill::cli::forms

#endif  // WAYBILL_TOOLS_CLI_FORMS_PUBLISH_FORMS_H_
