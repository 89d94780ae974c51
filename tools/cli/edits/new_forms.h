// SPDX-License-Identifier: Apache-2.0
// The statements of an image that exists, published in other forms: what `sign` and `publish` do.
#ifndef WAYBILL_TOOLS_CLI_EDITS_NEW_FORMS_H_
#define WAYBILL_TOOLS_CLI_EDITS_NEW_FORMS_H_

#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "attest/keys/open_key.h"
#include "attest/publish/wanted.h"
#include "oci/context.h"
#include "tools/cli/changing/change_flags.h"

namespace waybill::cli::edits {

// The flags that both commands have.
struct FormFlags {
  changing::ChangeFlags change;
  attest::keys::KeyPlace key;
  std::vector<std::string> types;
  bool images = false;
};

void AddFormFlags(CLI::App& command, FormFlags& flags);

// Publishes what is wanted, of the types that the flags name and with their key, and prints what came of it. Errors:
// those of the flags, of the image and of its place; NOT_FOUND when nothing could be published.
absl::Status PublishForms(const oci::Context& context, const FormFlags& flags, attest::publish::Wanted wanted);

}  // namespace waybill::cli::edits

#endif  // WAYBILL_TOOLS_CLI_EDITS_NEW_FORMS_H_
