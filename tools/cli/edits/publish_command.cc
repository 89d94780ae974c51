// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/edits/publish_command.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "exporter/request/options.h"
#include "oci/error.h"
#include "oci/status_macros.h"
#include "tools/cli/edits/new_forms.h"

namespace waybill::cli::edits {
namespace {

constexpr char kFooter[] =
    R"(The profiles are those of the output option "attestation-profiles" (docs/guide-sign.md). Digests of images do not change.
What the image has already is not published again.
Examples:
  waybill publish ghcr.io/acme/app:1 --profiles raw
  waybill publish ghcr.io/acme/app:1 --profiles bundle,raw,in-toto --key cosign.key --passphrase-file passphrase)";

struct Flags {
  FormFlags form;
  std::string profiles;
  std::string bundle_subject;
  std::string raw_subject;
};

// The flags as the options of an export, whose rules they have.
absl::StatusOr<exporter::request::Publishing> PublishingOf(const Flags& flags) {
  exporter::request::Attributes attributes = {
      {"attestation-profiles", absl::StrCat("docker,", flags.profiles)}, {"push", "true"}, {"name", "*"}};
  if (!flags.form.key.name.empty()) attributes.emplace("sign", flags.form.key.name);
  if (flags.form.images) attributes.emplace("sign-image", "true");
  if (!flags.bundle_subject.empty()) attributes.emplace("bundle-subject", flags.bundle_subject);
  if (!flags.raw_subject.empty()) attributes.emplace("raw-subject", flags.raw_subject);
  ABSL_ASSIGN_OR_RETURN(
      exporter::request::ExportOptions options,
      exporter::request::ExportOptions::FromRequest({.type = "image", .attributes = std::move(attributes)}));
  return std::move(options.publishing);
}

absl::Status Run(const oci::Context& context, const Flags& flags) {
  ABSL_ASSIGN_OR_RETURN(const exporter::request::Publishing publishing, PublishingOf(flags));
  return PublishForms(context, flags.form, publishing.wanted);
}

}  // namespace

void AddPublishCommand(CLI::App& app, line::Invocation& invocation) {
  // Shared: the parser's callbacks and the invocation both end at times of their own.
  const auto flags = std::make_shared<Flags>();
  CLI::App& command =
      *app.add_subcommand("publish", "Publish the statements of an image in the forms that other programs look for");
  AddFormFlags(command, flags->form);
  command
      .add_option("--profiles", flags->profiles,
                  "bundle (needs --key), raw, in-toto, cosign-tag (needs --key, brings bundle): a list with commas "
                  "(docs/guide-sign.md)")
      ->required()
      ->type_name("PROFILE,...");
  command.add_option("--bundle-subject", flags->bundle_subject, "What bundles refer to; auto is the default")
      ->type_name("auto|image|both|index");
  command.add_option("--raw-subject", flags->raw_subject, "What documents refer to; auto is the default")
      ->type_name("auto|image|both");
  command.footer(kFooter);
  command.callback(
      [flags, &invocation] { invocation.run = [flags](const oci::Context& context) { return Run(context, *flags); }; });
}

}  // namespace waybill::cli::edits
