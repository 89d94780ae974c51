// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/edits/publish_command.h"

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "attest/publish/wanted.h"
#include "oci/status_macros.h"
#include "tools/cli/edits/form_command.h"
#include "tools/cli/forms/form_flags.h"

namespace waybill::cli::edits {
namespace {

constexpr char kFooter[] =
    R"(The profiles are those of the output option "attestation-profiles" (docs/guide-sign.md). Digests of images do not change.
What the image has already is not published again.
Examples:
  waybill publish ghcr.io/acme/app:1 --profiles raw
  waybill publish ghcr.io/acme/app:1 --profiles bundle,raw,in-toto --key cosign.key --passphrase-file passphrase)";

absl::Status Run(const oci::Context& context, const FormCommandFlags& flags) {
  ABSL_ASSIGN_OR_RETURN(const attest::publish::Wanted wanted, forms::WantedOf(context, flags.form));
  return PublishAndTell(context, flags.change, wanted);
}

}  // namespace

void AddPublishCommand(CLI::App& app, line::Invocation& invocation) {
  // Shared: the parser's callbacks and the invocation both end at times of their own.
  const auto flags = std::make_shared<FormCommandFlags>();
  CLI::App& command =
      *app.add_subcommand("publish", "Publish the statements of an image in the forms that other programs look for");
  AddFormCommandFlags(command, *flags);
  forms::AddProfileFlags(command, flags->form);
  command.get_option("--profiles")->required();
  command.footer(kFooter);
  command.callback(
      [flags, &invocation] { invocation.run = [flags](const oci::Context& context) { return Run(context, *flags); }; });
}

}  // namespace waybill::cli::edits
