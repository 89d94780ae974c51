// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/edits/new_forms.h"

#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "attest/predicate_types.h"
#include "attest/publish/publish.h"
#include "attest/reader/choose.h"
#include "attest/reader/tree.h"
#include "oci/content/store/temporary_store.h"
#include "oci/content/union_fetcher.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"
#include "tools/cli/changing/image_place.h"
#include "tools/cli/changing/new_referrers.h"
#include "tools/cli/changing/outcome.h"
#include "tools/cli/exporting/backend.h"
#include "tools/cli/reading/output.h"

namespace waybill::cli::edits {
namespace {

using attest::publish::NewReferrer;
using attest::publish::Published;
using attest::publish::Wanted;
using attest::reader::ImageTree;
using oci::content::store::TemporaryStore;
using oci::registry::push::PushReport;

std::string Json(const oci::Digest& root, const Published& published, const std::optional<PushReport>& report) {
  oci::json::Writer writer;
  writer.BeginObject().Key("image").String(root.ToString());
  writer.Key("written").Bool(report.has_value());
  writer.Key("published").BeginArray();
  for (const NewReferrer& one : published.added) {
    writer.BeginObject().Key("form").String(attest::publish::FormName(one.form));
    writer.Key("subject").String(one.subject.digest.ToString());
    writer.Key("predicateType").String(one.predicate_type);
    writer.Key("statement").String(one.statement.ToString());
    writer.Key("manifest").String(one.manifest.digest.ToString()).EndObject();
  }
  writer.EndArray().Key("present").Int(static_cast<int64_t>(published.present));
  if (report.has_value()) changing::WriteReport(writer, *report);
  writer.EndObject();
  return absl::StrCat(oci::json::Indent(writer.Take()), "\n");
}

std::string Text(const oci::Digest& root, const Published& published, const std::optional<PushReport>& report) {
  std::string text;
  for (const NewReferrer& one : published.added) {
    absl::StrAppend(&text, one.subject_name, ": ", attest::publish::FormName(one.form), " ", one.predicate_type, ": ",
                    one.manifest.digest.ToString(), "\n");
  }
  absl::StrAppend(&text, root.ToString(), ": published ", published.added.size(), ", there already ", published.present,
                  "\n");
  return report.has_value() ? absl::StrCat(text, changing::ReportText(*report)) : text;
}

absl::Status Publish(const oci::Context& context, const FormFlags& flags, const Wanted& wanted,
                     changing::ImagePlace& place) {
  ABSL_ASSIGN_OR_RETURN(const auto fallback, changing::ParseFallback(flags.change.fallback));
  ABSL_ASSIGN_OR_RETURN(const changing::Destination destination,
                        place.FindDestination(context, flags.change.output, /*root_changes=*/false));
  ABSL_ASSIGN_OR_RETURN(const ImageTree tree, changing::ReadTree(context, place, changing::Look::kIntoStatements));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<TemporaryStore> staging,
                        TemporaryStore::Create(exporting::TemporaryDirectory()));
  oci::content::UnionFetcher content({&staging->store(), &place.opened().content()});
  ABSL_ASSIGN_OR_RETURN(const Published published,
                        attest::publish::MakeReferrers(context, tree, wanted, content, staging->store()));
  for (const std::string& warning : published.warnings) changing::Warn(warning);
  if (published.added.empty() && published.present == 0) {
    return oci::NotFoundError("it has no statement of these types that could be published");
  }
  std::optional<PushReport> report;
  if (!flags.change.dry_run && (!published.added.empty() || !destination.in_place)) {
    std::vector<changing::NewReferrer> referrers;
    for (const NewReferrer& one : published.added) referrers.push_back({one.subject, one.manifest});
    ABSL_ASSIGN_OR_RETURN(
        report, changing::WriteReferrers(context, place, referrers, content, destination, {.fallback = fallback}));
    changing::WarnOf(*report);
  }
  std::cout << (flags.change.json ? Json : Text)(place.root().digest, published, report);
  return reading::FlushOutput();
}

}  // namespace

void AddFormFlags(CLI::App& command, FormFlags& flags) {
  changing::AddChangeFlags(command, flags.change);
  command
      .add_option("--key", flags.key.path,
                  "Private key (PEM; P-256, P-384, Ed25519 or RSA), or one of `cosign generate-key-pair`")
      ->type_name("FILE");
  command
      .add_option("--passphrase-file", flags.key.passphrase_file,
                  absl::StrCat("File with the passphrase of the key; without it ", attest::sign::kPassphraseVariable))
      ->type_name("FILE");
  command
      .add_option("--type", flags.types,
                  absl::StrCat("Take only statements of this predicate type: a URI or one of ", attest::TypeAliases(),
                               "; repeatable"))
      ->allow_extra_args(false);
  command.add_flag("--image", flags.images, "Sign the index, the images and the attestation manifests as well");
}

absl::Status PublishForms(const oci::Context& context, const FormFlags& flags, Wanted wanted) {
  ABSL_RETURN_IF_ERROR(oci::Annotate(attest::reader::CheckTypes(flags.types), "--type"));
  wanted.types = flags.types;
  wanted.signatures = flags.images;
  if (!flags.key.path.empty()) {
    ABSL_ASSIGN_OR_RETURN(wanted.key, attest::sign::ReadKeyFile(flags.key));
  }
  ABSL_RETURN_IF_ERROR(exporting::PrepareTemporaryDirectory());
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<changing::ImagePlace> place,
                        changing::ImagePlace::Open(context, flags.change.image, flags.change.config));
  return oci::Annotate(Publish(context, flags, wanted, *place), absl::StrCat("image ", flags.change.image));
}

}  // namespace waybill::cli::edits
