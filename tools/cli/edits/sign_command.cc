// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/edits/sign_command.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "attest/publish/wanted.h"
#include "oci/error.h"
#include "oci/status_macros.h"
#include "tools/cli/edits/form_command.h"
#include "tools/cli/forms/form_flags.h"

namespace waybill::cli::edits {
namespace {

using attest::publish::Subjects;
using attest::publish::Wanted;

constexpr char kFooter[] =
    R"(Each statement becomes a Sigstore bundle that refers to its image, as `cosign attest --key` makes it, without a log.
Digests of images do not change. What the key signed before is not signed again.
Examples:
  waybill sign ghcr.io/acme/app:1 --key cosign.key --passphrase-file passphrase
  waybill sign ghcr.io/acme/app:1 --key key.pem --type provenance --image
  cosign verify-attestation --key cosign.pub --insecure-ignore-tlog --type spdxjson ghcr.io/acme/app@DIGEST)";

struct Flags {
  FormCommandFlags command;
  std::string subject = "auto";
};

absl::Status Run(const oci::Context& context, const Flags& flags) {
  const absl::StatusOr<Subjects> subjects = attest::publish::ParseSubjects(flags.subject);
  ABSL_RETURN_IF_ERROR(oci::Annotate(subjects.status(), "--subject"));
  ABSL_ASSIGN_OR_RETURN(const Wanted wanted, forms::WithKeyAndTypes(context, flags.command.form,
                                                                    {.bundles = true, .bundle_subjects = *subjects}));
  return PublishAndTell(context, flags.command.change, wanted);
}

}  // namespace

void AddSignCommand(CLI::App& app, line::Invocation& invocation) {
  // Shared: the parser's callbacks and the invocation both end at times of their own.
  const auto flags = std::make_shared<Flags>();
  CLI::App& command = *app.add_subcommand("sign", "Sign the statements of an image, so that cosign verifies them");
  AddFormCommandFlags(command, flags->command);
  command.get_option("--key")->required();
  command
      .add_option(
          "--subject", flags->subject,
          "What a bundle refers to: the image, the index that lists it, or both; auto (the default): the image, "
          "and the index too for provenance and for an index of one image")
      ->type_name("auto|image|both|index");
  command.footer(kFooter);
  command.callback(
      [flags, &invocation] { invocation.run = [flags](const oci::Context& context) { return Run(context, *flags); }; });
}

}  // namespace waybill::cli::edits
