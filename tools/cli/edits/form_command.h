// SPDX-License-Identifier: Apache-2.0
// What `sign` and `publish` have in common.
#ifndef WAYBILL_TOOLS_CLI_EDITS_FORM_COMMAND_H_
#define WAYBILL_TOOLS_CLI_EDITS_FORM_COMMAND_H_

#include "CLI/App.hpp"
#include "absl/status/status.h"
#include "attest/publish/wanted.h"
#include "oci/context.h"
#include "tools/cli/changing/change_flags.h"
#include "tools/cli/forms/form_flags.h"

namespace waybill::cli::edits {

struct FormCommandFlags {
  changing::ChangeFlags change;
  forms::FormFlags form;
};

// REF and where the result goes; --key, --passphrase-file, --type and --image.
void AddFormCommandFlags(CLI::App& command, FormCommandFlags& flags);

// Publishes, and prints what came of it. Errors: those of forms::PublishForms.
absl::Status PublishAndTell(const oci::Context& context, const changing::ChangeFlags& flags,
                            const attest::publish::Wanted& wanted);

}  // namespace waybill::cli::edits

#endif  // WAYBILL_TOOLS_CLI_EDITS_FORM_COMMAND_H_
