// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/edits/new_forms.h"

#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "attest/keys/passphrase.h"
#include "attest/predicate_types.h"
#include "attest/publish/cosign_tag.h"
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

using attest::publish::Form;
using attest::publish::NewReferrer;
using attest::publish::Published;
using attest::publish::TaggedEnvelope;
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
  for (const TaggedEnvelope& one : published.tagged) {
    writer.BeginObject().Key("form").String(attest::publish::FormName(Form::kCosignTag));
    writer.Key("subject").String(one.subject.digest.ToString());
    writer.Key("predicateType").String(one.predicate_type);
    writer.Key("statement").String(one.statement.ToString());
    writer.Key("tag").String(attest::publish::CosignTag(one.subject.digest)).EndObject();
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
  for (const TaggedEnvelope& one : published.tagged) {
    absl::StrAppend(&text, one.subject_name, ": ", attest::publish::FormName(Form::kCosignTag), " ", one.predicate_type,
                    ": ", attest::publish::CosignTag(one.subject.digest), "\n");
  }
  absl::StrAppend(&text, root.ToString(), ": published ", published.added.size() + published.tagged.size(),
                  ", there already ", published.present, "\n");
  return report.has_value() ? absl::StrCat(text, changing::ReportText(*report)) : text;
}

// Nothing when there is nothing to do.
absl::StatusOr<std::optional<PushReport>> Write(const oci::Context& context, const Published& published,
                                                oci::content::Fetcher& content,
                                                const changing::Destination& destination,
                                                const changing::WriteOptions& options, changing::ImagePlace& place) {
  std::optional<PushReport> report;
  std::map<oci::Digest, std::vector<oci::Descriptor>> envelopes;
  for (const TaggedEnvelope& one : published.tagged) envelopes[one.subject.digest].push_back(one.layer);
  if (!envelopes.empty() && destination.name.kind != oci::places::ImageName::Kind::kRegistry) {
    return oci::UnsupportedError("--profiles cosign-tag: cosign reads its tags in registries only");
  }
  if (!published.added.empty() || !destination.in_place) {
    std::vector<changing::NewReferrer> referrers;
    for (const NewReferrer& one : published.added) referrers.push_back({one.subject, one.manifest});
    ABSL_ASSIGN_OR_RETURN(report, changing::WriteReferrers(context, place, referrers, content, destination, options));
    changing::WarnOf(*report);
  }
  if (envelopes.empty()) return report;
  changing::Changes tags{.root = place.root(), .referrers = {}, .content = content};
  for (const auto& [subject, layers] : envelopes) {
    const auto edit = [&layers = layers](absl::string_view current) {
      return attest::publish::WithEnvelopes(current, layers);
    };
    tags.shared_tags.push_back({.tag = attest::publish::CosignTag(subject), .blobs = layers, .edit = edit});
  }
  ABSL_ASSIGN_OR_RETURN(const PushReport tagged, place.Write(context, tags, destination, options));
  return report.has_value() ? report : tagged;
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
  if (published.added.empty() && published.tagged.empty() && published.present == 0) {
    return oci::NotFoundError("it has no statement of these types that could be published");
  }
  std::optional<PushReport> report;
  if (!flags.change.dry_run) {
    ABSL_ASSIGN_OR_RETURN(report, Write(context, published, content, destination, {.fallback = fallback}, place));
  }
  std::cout << (flags.change.json ? Json : Text)(place.root().digest, published, report);
  return reading::FlushOutput();
}

}  // namespace

void AddFormFlags(CLI::App& command, FormFlags& flags) {
  changing::AddChangeFlags(command, flags.change);
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
  if (!flags.key.name.empty()) {
    ABSL_ASSIGN_OR_RETURN(wanted.key, attest::keys::OpenKey(context, flags.key));
  }
  ABSL_RETURN_IF_ERROR(exporting::PrepareTemporaryDirectory());
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<changing::ImagePlace> place,
                        changing::ImagePlace::Open(context, flags.change.image, flags.change.config));
  return oci::Annotate(Publish(context, flags, wanted, *place), absl::StrCat("image ", flags.change.image));
}

}  // namespace waybill::cli::edits
