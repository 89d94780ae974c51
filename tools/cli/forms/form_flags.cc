// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/forms/form_flags.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "attest/keys/passphrase.h"
#include "attest/reader/choose.h"
#include "exporter/request/options.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::cli::forms {
namespace {

using attest::publish::Wanted;

// The flags as the options of an export, whose rules they have.
absl::StatusOr<Wanted> FormsOf(const FormFlags& flags) {
  exporter::request::Attributes attributes = {
      {"attestation-profiles", absl::StrCat("docker,", flags.profiles)}, {"push", "true"}, {"name", "*"}};
  if (!flags.key.name.empty()) attributes.emplace("sign", flags.key.name);
  if (flags.images) attributes.emplace("sign-image", "true");
  if (!flags.bundle_subject.empty()) attributes.emplace("bundle-subject", flags.bundle_subject);
  if (!flags.raw_subject.empty()) attributes.emplace("raw-subject", flags.raw_subject);
  ABSL_ASSIGN_OR_RETURN(
      exporter::request::ExportOptions options,
      exporter::request::ExportOptions::FromRequest({.type = "image", .attributes = std::move(attributes)}));
  return std::move(options.publishing.wanted);
}

}  // namespace

void AddKeyFlags(CLI::App& command, FormFlags& flags) {
  command
      .add_option("--key", flags.key.name,
                  "Private key: a file (PEM; P-256, P-384, Ed25519 or RSA), also one of `cosign generate-key-pair`; "
                  "\"pkcs11:...\"; \"exec:PROGRAM ARGUMENT...\" (docs/guide-sign.md)")
      ->type_name("FILE");
  command
      .add_option(
          "--passphrase-file", flags.key.passphrase_file,
          absl::StrCat("File with the passphrase or PIN of the key; without it ", attest::keys::kPassphraseVariable))
      ->type_name("FILE");
}

void AddProfileFlags(CLI::App& command, FormFlags& flags) {
  command
      .add_option("--profiles", flags.profiles,
                  "Forms in which statements are published: bundle (needs --key), raw, in-toto, cosign-tag (needs "
                  "--key, brings bundle): a list with commas (docs/guide-sign.md)")
      ->type_name("PROFILE,...");
  command.add_option("--bundle-subject", flags.bundle_subject, "What bundles refer to; auto is the default")
      ->type_name("auto|image|both|index");
  command.add_option("--raw-subject", flags.raw_subject, "What documents refer to; auto is the default")
      ->type_name("auto|image|both");
}

void AddWrittenImageFlags(CLI::App& command, FormFlags& flags) {
  AddProfileFlags(command, flags);
  AddKeyFlags(command, flags);
  command.add_flag("--sign-image", flags.images, "Sign the index, the images and the attestation manifests as well");
}

absl::StatusOr<Wanted> WithKeyAndTypes(const oci::Context& context, const FormFlags& flags, Wanted wanted) {
  ABSL_RETURN_IF_ERROR(oci::Annotate(attest::reader::CheckTypes(flags.types), "--type"));
  wanted.types = flags.types;
  wanted.signatures = flags.images;
  if (!flags.key.name.empty()) {
    ABSL_ASSIGN_OR_RETURN(wanted.key, attest::keys::OpenKey(context, flags.key));
  }
  return wanted;
}

absl::StatusOr<Wanted> WantedOf(const oci::Context& context, const FormFlags& flags) {
  ABSL_ASSIGN_OR_RETURN(Wanted wanted, FormsOf(flags));
  return WithKeyAndTypes(context, flags, std::move(wanted));
}

absl::StatusOr<std::optional<Wanted>> WantedOfWritten(const oci::Context& context, const FormFlags& flags,
                                                      bool dry_run) {
  if (flags.profiles.empty()) {
    if (flags.images || !flags.key.name.empty() || !flags.key.passphrase_file.empty() ||
        !flags.bundle_subject.empty() || !flags.raw_subject.empty()) {
      return oci::InvalidInputError(
          "--key, --passphrase-file, --sign-image, --bundle-subject and --raw-subject need --profiles");
    }
    return std::nullopt;
  }
  if (dry_run) {
    return oci::InvalidInputError(
        "--profiles beside --dry-run: the forms are made of the image that is written; see `waybill publish --dry-run` "
        "for one that exists");
  }
  return WantedOf(context, flags);
}

}  // namespace waybill::cli::forms
