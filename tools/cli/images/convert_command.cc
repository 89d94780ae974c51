// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/images/convert_command.h"

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "attest/convert/convert.h"
#include "oci/content/store/memory_store.h"
#include "oci/content/union_fetcher.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/registry/push/push_request.h"
#include "oci/status_macros.h"
#include "tools/cli/changing/change_flags.h"
#include "tools/cli/changing/image_place.h"
#include "tools/cli/changing/outcome.h"
#include "tools/cli/reading/output.h"

namespace waybill::cli::images {
namespace {

using attest::AttestationForm;
using attest::convert::Changed;
using attest::convert::Conversion;
using attest::convert::Kept;
using oci::registry::push::PushReport;

constexpr char kFooter[] =
    R"(Digests of images do not change. Converting back gives the first digest of the index again;
an attestation manifest for which that is not so is left as it is, unless --force is given.
Examples:
  waybill convert ghcr.io/acme/app:1 --to artifact --dry-run
  waybill convert ghcr.io/acme/app:1 --to artifact
  waybill convert oci-archive:image.tar --to legacy --output oci-archive:old.tar)";

struct Flags {
  changing::ChangeFlags change;
  std::string form;
  bool force = false;
};

absl::StatusOr<AttestationForm> FormOf(const Flags& flags) {
  if (flags.form == "artifact") return AttestationForm::kArtifact;
  if (flags.form == "legacy") return AttestationForm::kLegacy;
  return oci::InvalidInputError(absl::StrCat("--to ", flags.form, ": expected artifact or legacy"));
}

void WarnOf(const oci::Context& context, changing::ImagePlace& place, const Conversion& conversion) {
  for (const Kept& kept : conversion.kept) {
    changing::Warn(absl::StrCat(kept.manifest.ToString(), " is left as it is: ", kept.reason));
  }
  if (conversion.changed.empty()) return;
  for (const Changed& changed : conversion.changed) {
    if (!changed.loss.empty()) {
      changing::Warn(absl::StrCat("converting back will not give ", changed.from.ToString(), ": ", changed.loss));
    }
    changing::WarnOfReferrers(context, place.opened().referrers(), changed.from);
  }
  changing::WarnOfReferrers(context, place.opened().referrers(), place.root().digest);
  if (conversion.in_form > 0) {
    changing::Warn(absl::StrCat(conversion.in_form,
                                " attestation manifests were in this form already: converting back changes them too"));
  }
}

std::string Text(const oci::Descriptor& from, const Conversion& conversion, const std::optional<PushReport>& report) {
  std::string text;
  for (const Changed& changed : conversion.changed) {
    absl::StrAppend(&text, changing::ImageLabel(changed.image), ": ", changed.from.ToString(), " -> ",
                    changed.to.ToString(), "\n");
  }
  if (conversion.changed.empty()) return absl::StrCat("index ", from.digest.ToString(), ": nothing to convert\n");
  absl::StrAppend(&text, "index: ", from.digest.ToString(), " -> ", conversion.root.digest.ToString(), "\n");
  return report.has_value() ? absl::StrCat(text, changing::ReportText(*report)) : text;
}

std::string Json(const oci::Descriptor& from, const Conversion& conversion, const std::optional<PushReport>& report) {
  oci::json::Writer writer;
  writer.BeginObject().Key("from").String(from.digest.ToString());
  writer.Key("to").String(conversion.root.digest.ToString());
  writer.Key("written").Bool(report.has_value());
  writer.Key("changed").BeginArray();
  for (const Changed& changed : conversion.changed) {
    writer.BeginObject().Key("image").String(changed.image.digest.ToString());
    if (changed.image.platform.has_value()) writer.Key("platform").String(oci::FormatShort(*changed.image.platform));
    writer.Key("from").String(changed.from.ToString()).Key("to").String(changed.to.ToString());
    writer.Key("restorable").Bool(changed.loss.empty()).EndObject();
  }
  writer.EndArray().Key("kept").BeginArray();
  for (const Kept& kept : conversion.kept) {
    writer.BeginObject().Key("manifest").String(kept.manifest.ToString());
    writer.Key("reason").String(kept.reason).EndObject();
  }
  writer.EndArray().Key("unchanged").Int(static_cast<int64_t>(conversion.in_form));
  if (report.has_value()) changing::WriteReport(writer, *report);
  writer.EndObject();
  return absl::StrCat(oci::json::Indent(writer.Take()), "\n");
}

absl::Status Run(const oci::Context& context, const Flags& flags) {
  ABSL_ASSIGN_OR_RETURN(const AttestationForm form, FormOf(flags));
  ABSL_ASSIGN_OR_RETURN(const auto fallback, changing::ParseFallback(flags.change.fallback));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<changing::ImagePlace> place,
                        changing::ImagePlace::Open(context, flags.change.image, flags.change.config));
  ABSL_ASSIGN_OR_RETURN(const changing::Destination destination,
                        place->FindDestination(context, flags.change.output, /*root_changes=*/true));
  oci::content::store::MemoryStore staging;
  absl::StatusOr<Conversion> conversion = attest::convert::ConvertAttestations(
      context, form, place->opened().content(), place->root(), {.with_loss = flags.force}, staging);
  if (!conversion.ok()) return oci::Annotate(conversion.status(), absl::StrCat("image ", flags.change.image));
  WarnOf(context, *place, *conversion);
  std::optional<PushReport> report;
  const bool is_there = conversion->changed.empty() && destination.in_place;
  if (!flags.change.dry_run && !is_there) {
    oci::content::UnionFetcher content({&staging, &place->opened().content()});
    ABSL_ASSIGN_OR_RETURN(report, place->Write(context, {.root = conversion->root, .referrers = {}, .content = content},
                                               destination, {.fallback = fallback}));
    changing::WarnOf(*report);
  }
  std::cout << (flags.change.json ? Json : Text)(place->root(), *conversion, report);
  return reading::FlushOutput();
}

}  // namespace

void AddConvertCommand(CLI::App& app, line::Invocation& invocation) {
  // Shared: the parser's callbacks and the invocation both end at times of their own.
  const auto flags = std::make_shared<Flags>();
  CLI::App& command = *app.add_subcommand("convert", "Change the form of an image's attestations");
  changing::AddChangeFlags(command, flags->change);
  command.add_option("--to", flags->form, "artifact (with a subject, so that registries list them) or legacy")
      ->type_name("artifact|legacy")
      ->required();
  command.add_flag("--force", flags->force, "Convert attestation manifests that converting back would not restore");
  command.footer(kFooter);
  command.callback(
      [flags, &invocation] { invocation.run = [flags](const oci::Context& context) { return Run(context, *flags); }; });
}

}  // namespace waybill::cli::images
