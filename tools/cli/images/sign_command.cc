// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/images/sign_command.h"

#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "attest/predicate_types.h"
#include "attest/reader/choose.h"
#include "attest/reader/tree.h"
#include "attest/sign/key.h"
#include "oci/content/store/temporary_store.h"
#include "oci/content/union_fetcher.h"
#include "oci/error.h"
#include "oci/file/settings_file.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"
#include "oci/words/secrets.h"
#include "tools/cli/changing/change_flags.h"
#include "tools/cli/changing/image_place.h"
#include "tools/cli/changing/new_referrers.h"
#include "tools/cli/changing/outcome.h"
#include "tools/cli/changing/signing.h"
#include "tools/cli/exporting/backend.h"
#include "tools/cli/reading/output.h"

namespace waybill::cli::images {
namespace {

using attest::reader::ImageTree;
using changing::NewSignature;
using changing::Signatures;
using oci::content::store::TemporaryStore;
using oci::registry::push::PushReport;

constexpr char kPassphraseVariable[] = "WAYBILL_PASSPHRASE";

constexpr char kFooter[] =
    R"(Each statement becomes a Sigstore bundle that refers to its image, as `cosign attest --key` makes it, without a log.
Digests of images do not change. What the key signed before is not signed again.
Examples:
  waybill sign ghcr.io/acme/app:1 --key cosign.key --passphrase-file passphrase
  waybill sign ghcr.io/acme/app:1 --key key.pem --type provenance --image
  cosign verify-attestation --key cosign.pub --insecure-ignore-tlog --type spdxjson ghcr.io/acme/app@DIGEST)";

struct Flags {
  changing::ChangeFlags change;
  std::string key;
  std::string passphrase_file;
  std::vector<std::string> types;
  bool images = false;
};

// A file's last line end is not part of the passphrase.
absl::StatusOr<std::string> ReadPassphrase(const Flags& flags) {
  if (flags.passphrase_file.empty()) {
    const char* const variable = std::getenv(kPassphraseVariable);
    return variable == nullptr ? std::string() : std::string(variable);
  }
  ABSL_ASSIGN_OR_RETURN(std::string text, oci::file::ReadSettingsFile(flags.passphrase_file));
  if (absl::EndsWith(text, "\n")) text.pop_back();
  if (absl::EndsWith(text, "\r")) text.pop_back();
  return text;
}

absl::StatusOr<attest::sign::SigningKey> ReadKey(const Flags& flags) {
  oci::words::HeldSecrets secrets;
  ABSL_ASSIGN_OR_RETURN(const std::string passphrase, ReadPassphrase(flags));
  secrets.Add(passphrase);
  ABSL_ASSIGN_OR_RETURN(const std::string pem, oci::file::ReadSettingsFile(flags.key));
  absl::StatusOr<attest::sign::SigningKey> key = attest::sign::SigningKey::FromPem(pem, passphrase);
  return key.ok() ? std::move(key) : oci::Annotate(key.status(), absl::StrCat("key ", flags.key));
}

std::string Json(const oci::Digest& root, const Signatures& signatures, const std::optional<PushReport>& report) {
  oci::json::Writer writer;
  writer.BeginObject().Key("image").String(root.ToString());
  writer.Key("written").Bool(report.has_value());
  writer.Key("signed").BeginArray();
  for (const NewSignature& one : signatures.added) {
    writer.BeginObject().Key("subject").String(one.subject.digest.ToString());
    writer.Key("predicateType").String(one.predicate_type);
    writer.Key("statement").String(one.statement.ToString());
    writer.Key("manifest").String(one.manifest.digest.ToString()).EndObject();
  }
  writer.EndArray().Key("present").Int(static_cast<int64_t>(signatures.present));
  if (report.has_value()) changing::WriteReport(writer, *report);
  writer.EndObject();
  return absl::StrCat(oci::json::Indent(writer.Take()), "\n");
}

std::string Text(const oci::Digest& root, const Signatures& signatures, const std::optional<PushReport>& report) {
  std::string text;
  for (const NewSignature& one : signatures.added) {
    absl::StrAppend(&text, one.subject_name, ": ", one.predicate_type, ": ", one.manifest.digest.ToString(), "\n");
  }
  absl::StrAppend(&text, root.ToString(), ": signatures ", signatures.added.size(), ", there already ",
                  signatures.present, "\n");
  return report.has_value() ? absl::StrCat(text, changing::ReportText(*report)) : text;
}

absl::Status Sign(const oci::Context& context, const Flags& flags, const changing::SigningRequest& request,
                  changing::ImagePlace& place) {
  ABSL_ASSIGN_OR_RETURN(const auto fallback, changing::ParseFallback(flags.change.fallback));
  ABSL_ASSIGN_OR_RETURN(const changing::Destination destination,
                        place.FindDestination(context, flags.change.output, /*root_changes=*/false));
  ABSL_ASSIGN_OR_RETURN(const ImageTree tree, changing::ReadTree(context, place, changing::Look::kIntoStatements));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<TemporaryStore> staging,
                        TemporaryStore::Create(exporting::TemporaryDirectory()));
  oci::content::UnionFetcher content({&staging->store(), &place.opened().content()});
  ABSL_ASSIGN_OR_RETURN(const Signatures signatures,
                        changing::MakeSignatures(context, tree, request, content, staging->store()));
  for (const std::string& warning : signatures.warnings) changing::Warn(warning);
  if (signatures.added.empty() && signatures.present == 0) {
    return oci::NotFoundError("it has no statement of these types that could be signed");
  }
  std::optional<PushReport> report;
  if (!flags.change.dry_run && (!signatures.added.empty() || !destination.in_place)) {
    std::vector<changing::NewReferrer> referrers;
    for (const NewSignature& one : signatures.added) referrers.push_back({one.subject, one.manifest});
    ABSL_ASSIGN_OR_RETURN(
        report, changing::WriteReferrers(context, place, referrers, content, destination, {.fallback = fallback}));
    changing::WarnOf(*report);
  }
  std::cout << (flags.change.json ? Json : Text)(place.root().digest, signatures, report);
  return reading::FlushOutput();
}

absl::Status Run(const oci::Context& context, const Flags& flags) {
  ABSL_RETURN_IF_ERROR(oci::Annotate(attest::reader::CheckTypes(flags.types), "--type"));
  ABSL_ASSIGN_OR_RETURN(attest::sign::SigningKey key, ReadKey(flags));
  ABSL_RETURN_IF_ERROR(exporting::PrepareTemporaryDirectory());
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<changing::ImagePlace> place,
                        changing::ImagePlace::Open(context, flags.change.image, flags.change.config));
  const changing::SigningRequest request{.key = std::move(key), .types = flags.types, .images = flags.images};
  return oci::Annotate(Sign(context, flags, request, *place), absl::StrCat("image ", flags.change.image));
}

}  // namespace

void AddSignCommand(CLI::App& app, line::Invocation& invocation) {
  // Shared: the parser's callbacks and the invocation both end at times of their own.
  const auto flags = std::make_shared<Flags>();
  CLI::App& command = *app.add_subcommand("sign", "Sign the statements of an image, so that cosign verifies them");
  changing::AddChangeFlags(command, flags->change);
  command
      .add_option("--key", flags->key,
                  "Private key (PEM; P-256, P-384, Ed25519 or RSA), or one of `cosign generate-key-pair`")
      ->required()
      ->type_name("FILE");
  command
      .add_option("--passphrase-file", flags->passphrase_file,
                  absl::StrCat("File with the passphrase of the key; without it ", kPassphraseVariable))
      ->type_name("FILE");
  command
      .add_option("--type", flags->types,
                  absl::StrCat("Sign only statements of this predicate type: a URI or one of ", attest::TypeAliases(),
                               "; repeatable"))
      ->allow_extra_args(false);
  command.add_flag("--image", flags->images, "Sign the index, the images and the attestation manifests as well");
  command.footer(kFooter);
  command.callback(
      [flags, &invocation] { invocation.run = [flags](const oci::Context& context) { return Run(context, *flags); }; });
}

}  // namespace waybill::cli::images
