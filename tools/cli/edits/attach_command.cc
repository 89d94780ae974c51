// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/edits/attach_command.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "attest/manifest.h"
#include "attest/reader/tree.h"
#include "oci/content/store/temporary_store.h"
#include "oci/content/union_fetcher.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"
#include "tools/cli/changing/attachment.h"
#include "tools/cli/changing/change_flags.h"
#include "tools/cli/changing/image_place.h"
#include "tools/cli/changing/new_referrers.h"
#include "tools/cli/changing/outcome.h"
#include "tools/cli/changing/statements.h"
#include "tools/cli/exporting/backend.h"
#include "tools/cli/exporting/input_flags.h"
#include "tools/cli/forms/form_flags.h"
#include "tools/cli/forms/outcome_report.h"
#include "tools/cli/forms/publish_forms.h"
#include "tools/cli/reading/output.h"

namespace waybill::cli::edits {
namespace {

using attest::AttestationForm;
using attest::reader::ImageTree;
using changing::Attachment;
using changing::NewStatement;
using oci::content::store::TemporaryStore;
using oci::registry::push::PushReport;

constexpr char kFooter[] = R"(The digests of images do not change. A statement that is there already is not added again.
Examples:
  waybill attach ghcr.io/acme/app:1 --attest type=vex,path=app.vex.json
  waybill attach ghcr.io/acme/app:1 --attest type=sbom,path=arm.spdx.json,platform=linux/arm64 --placement index
  waybill attach ghcr.io/acme/app:1 --attest type=vex,path=app.vex.json --profiles bundle,in-toto --key cosign.key)";

struct Flags {
  changing::ChangeFlags change;
  forms::FormFlags form_flags;
  std::vector<std::string> attest;
  std::string placement = "referrer";
  std::string form = "artifact";
};

// The statements that are new, and how many were there.
struct Statements {
  std::vector<oci::Descriptor> images;
  std::vector<NewStatement> added;
  std::vector<NewStatement> present;
};

// What the command did.
struct Attached {
  oci::Descriptor from;
  oci::Descriptor to;
  Statements statements;
  std::vector<Attachment> attachments;
  std::optional<PushReport> report;
};

absl::Status CheckFlags(const Flags& flags) {
  if (flags.placement != "referrer" && flags.placement != "index") {
    return oci::InvalidInputError(absl::StrCat("--placement ", flags.placement, ": expected referrer or index"));
  }
  if (flags.form != "artifact" && flags.form != "legacy") {
    return oci::InvalidInputError(absl::StrCat("--form ", flags.form, ": expected artifact or legacy"));
  }
  if (flags.form == "legacy" && flags.placement == "referrer") {
    return oci::InvalidInputError("--form legacy has no subject that would make it a referrer; use --placement index");
  }
  return absl::OkStatus();
}

absl::StatusOr<Statements> MakeStatements(const oci::Context& context, const Flags& flags, const ImageTree& tree,
                                          const changing::StatementPlace& place) {
  Statements all;
  ABSL_ASSIGN_OR_RETURN(all.images, changing::ImagesOf(tree));
  for (const std::string& text : flags.attest) {
    const auto made = [&]() -> absl::StatusOr<std::vector<NewStatement>> {
      ABSL_ASSIGN_OR_RETURN(const exporter::input::AttestationFile file, exporting::ParseAttestFlag(text));
      return changing::MakeStatementsAbout(context, file, all.images, place);
    }();
    if (!made.ok()) return oci::Annotate(made.status(), absl::StrCat("--attest ", text));
    for (const NewStatement& one : *made) {
      const bool again = std::any_of(all.added.begin(), all.added.end(), [&](const NewStatement& other) {
        return other.image == one.image && other.statement.digest == one.statement.digest;
      });
      const bool present = changing::IsAttached(tree, all.images[one.image], one.statement, flags.placement == "index");
      if (!again) (present ? all.present : all.added).push_back(one);
    }
  }
  return all;
}

void WriteStatements(oci::json::Writer& writer, const std::vector<oci::Descriptor>& statements) {
  writer.Key("statements").BeginArray();
  for (const oci::Descriptor& statement : statements) {
    writer.BeginObject().Key("digest").String(statement.digest.ToString());
    writer.Key("predicateType").String(attest::PredicateTypeOf(statement)).EndObject();
  }
  writer.EndArray();
}

std::string Json(const Attached& attached, const std::optional<forms::Outcome>& published) {
  const Statements& statements = attached.statements;
  oci::json::Writer writer;
  writer.BeginObject().Key("from").String(attached.from.digest.ToString());
  writer.Key("to").String(attached.to.digest.ToString());
  writer.Key("written").Bool(attached.report.has_value());
  writer.Key("attached").BeginArray();
  for (const Attachment& one : attached.attachments) {
    writer.BeginObject().Key("image").String(one.image.digest.ToString());
    if (one.image.platform.has_value()) writer.Key("platform").String(oci::FormatShort(*one.image.platform));
    writer.Key("manifest").String(one.entry.digest.ToString());
    WriteStatements(writer, one.statements);
    writer.EndObject();
  }
  writer.EndArray().Key("present").BeginArray();
  for (const NewStatement& one : statements.present) {
    writer.BeginObject().Key("image").String(statements.images[one.image].digest.ToString());
    WriteStatements(writer, {one.statement});
    writer.EndObject();
  }
  writer.EndArray();
  if (attached.report.has_value()) changing::WriteReport(writer, *attached.report);
  if (published.has_value()) forms::WriteForms(writer, {*published});
  writer.EndObject();
  return absl::StrCat(oci::json::Indent(writer.Take()), "\n");
}

std::string Text(const Attached& attached, const std::optional<forms::Outcome>& published) {
  const Statements& statements = attached.statements;
  std::string text;
  for (const NewStatement& one : statements.present) {
    absl::StrAppend(&text, changing::ImageLabel(statements.images[one.image]), ": statement ",
                    one.statement.digest.ToString(), " is already there\n");
  }
  for (const Attachment& one : attached.attachments) {
    absl::StrAppend(&text, changing::ImageLabel(one.image), ": attestation manifest ", one.entry.digest.ToString(),
                    "\n");
    for (const oci::Descriptor& statement : one.statements) {
      absl::StrAppend(&text, "  statement ", statement.digest.ToString(), " ", attest::PredicateTypeOf(statement),
                      "\n");
    }
  }
  if (attached.from.digest != attached.to.digest) {
    absl::StrAppend(&text, "index: ", attached.from.digest.ToString(), " -> ", attached.to.digest.ToString(), "\n");
  }
  if (attached.report.has_value()) absl::StrAppend(&text, changing::ReportText(*attached.report));
  return published.has_value() ? absl::StrCat(text, forms::OutcomeText(*published)) : text;
}

std::vector<changing::NewReferrer> ReferrersOf(const std::vector<Attachment>& attachments) {
  std::vector<changing::NewReferrer> referrers;
  for (const Attachment& one : attachments) referrers.push_back({.subject = one.image, .manifest = one.entry});
  return referrers;
}

absl::StatusOr<Attached> Attach(const oci::Context& context, const Flags& flags, changing::ImagePlace& place,
                                const ImageTree& tree) {
  const bool in_index = flags.placement == "index";
  ABSL_ASSIGN_OR_RETURN(const auto fallback, changing::ParseFallback(flags.change.fallback));
  ABSL_ASSIGN_OR_RETURN(const changing::Destination destination,
                        place.FindDestination(context, flags.change.output, in_index));
  const std::string scratch = exporting::TemporaryDirectory();
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<TemporaryStore> staging, TemporaryStore::Create(scratch));
  oci::content::UnionFetcher content({&staging->store(), &place.opened().content()});
  Attached attached{.from = place.root(), .to = place.root(), .statements = {}, .attachments = {}, .report = {}};
  ABSL_ASSIGN_OR_RETURN(attached.statements, MakeStatements(context, flags, tree,
                                                            {.store = staging->store(),
                                                             .scratch_directory = scratch,
                                                             .version = exporting::ExporterDeps(scratch).version,
                                                             .image_names = place.image_names()}));
  const AttestationForm form = flags.form == "legacy" ? AttestationForm::kLegacy : AttestationForm::kArtifact;
  const std::vector<Attachment>& attachments = attached.attachments;
  ABSL_ASSIGN_OR_RETURN(attached.attachments, changing::MakeAttachments(context, form, attached.statements.images,
                                                                        attached.statements.added, staging->store()));
  if (in_index && !attachments.empty()) {
    ABSL_ASSIGN_OR_RETURN(attached.to,
                          changing::WithAttachments(context, attached.from, attachments, content, staging->store()));
    changing::WarnOfReferrers(context, place.opened().referrers(), place.root().digest);
  }
  if (!flags.change.dry_run && (!attachments.empty() || !destination.in_place)) {
    const changing::WriteOptions options{.fallback = fallback};
    if (in_index) {
      const changing::Changes changes{.root = attached.to, .referrers = {}, .content = content};
      ABSL_ASSIGN_OR_RETURN(attached.report, place.Write(context, changes, destination, options));
    } else {
      ABSL_ASSIGN_OR_RETURN(attached.report, changing::WriteReferrers(context, place, ReferrersOf(attachments), content,
                                                                      destination, options));
    }
    changing::WarnOf(*attached.report);
  }
  return attached;
}

absl::Status Run(const oci::Context& context, const Flags& flags) {
  ABSL_RETURN_IF_ERROR(CheckFlags(flags));
  ABSL_ASSIGN_OR_RETURN(const auto wanted, forms::WantedOfWritten(context, flags.form_flags, flags.change.dry_run));
  ABSL_RETURN_IF_ERROR(exporting::PrepareTemporaryDirectory());
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<changing::ImagePlace> place,
                        changing::ImagePlace::Open(context, flags.change.image, flags.change.config));
  const absl::StatusOr<ImageTree> tree = changing::ReadTree(context, *place);
  const absl::StatusOr<Attached> attached =
      tree.ok() ? Attach(context, flags, *place, *tree) : absl::StatusOr<Attached>(tree.status());
  if (!attached.ok()) return oci::Annotate(attached.status(), absl::StrCat("image ", flags.change.image));
  std::optional<forms::Outcome> published;
  if (wanted.has_value()) {
    ABSL_ASSIGN_OR_RETURN(published,
                          forms::PublishFormsOfWritten(context, changing::WrittenImage(flags.change), *wanted));
  }
  std::cout << (flags.change.json ? Json : Text)(*attached, published);
  return reading::FlushOutput();
}

}  // namespace

void AddAttachCommand(CLI::App& app, line::Invocation& invocation) {
  // Shared: the parser's callbacks and the invocation both end at times of their own.
  const auto flags = std::make_shared<Flags>();
  CLI::App& command = *app.add_subcommand("attach", "Add statements to an image that exists");
  changing::AddChangeFlags(command, flags->change);
  command
      .add_option(
          "--attest", flags->attest,
          "type=T,path=FILE[,platform=P], as of `export`: a predicate for each platform, or a statement or DSSE "
          "envelope, which stays as it is; repeatable")
      ->allow_extra_args(false)
      ->required();
  command
      .add_option("--placement", flags->placement,
                  "referrer (the default: no index changes) or index (a new index lists it too)")
      ->type_name("referrer|index");
  command.add_option("--form", flags->form, "artifact (the default) or legacy (only with --placement index)")
      ->type_name("artifact|legacy");
  forms::AddWrittenImageFlags(command, flags->form_flags);
  command.footer(kFooter);
  command.callback(
      [flags, &invocation] { invocation.run = [flags](const oci::Context& context) { return Run(context, *flags); }; });
}

}  // namespace waybill::cli::edits
