// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/edits/convert_command.h"

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "attest/convert/convert.h"
#include "attest/publish/wanted.h"
#include "oci/content/content.h"
#include "oci/content/store/memory_store.h"
#include "oci/content/union_fetcher.h"
#include "oci/copy/collection.h"
#include "oci/error.h"
#include "oci/image/media_types.h"
#include "oci/registry/config/fallback.h"
#include "oci/status_macros.h"
#include "tools/cli/changing/change_flags.h"
#include "tools/cli/changing/image_place.h"
#include "tools/cli/changing/outcome.h"
#include "tools/cli/edits/convert_report.h"
#include "tools/cli/forms/form_flags.h"
#include "tools/cli/forms/publish_forms.h"
#include "tools/cli/reading/output.h"

namespace waybill::cli::edits {
namespace {

using attest::AttestationForm;
using attest::convert::Changed;
using attest::convert::Conversion;
using attest::convert::Kept;
using attest::publish::Wanted;
using oci::registry::config::Fallback;

constexpr char kFooter[] =
    R"(Digests of images do not change. Converting back gives the first digest of the index again;
an attestation manifest for which that is not so is left as it is, unless --force is given.
Examples:
  waybill convert ghcr.io/acme/app:1 --to artifact --dry-run
  waybill convert ghcr.io/acme/app:1 --to artifact
  waybill convert ghcr.io/acme/app --to artifact --all-tags
  waybill convert ghcr.io/acme/app:1 --to artifact --profiles bundle,raw --key cosign.key
  waybill convert oci-archive:image.tar --to legacy --output oci-archive:old.tar)";

struct Flags {
  changing::ChangeFlags change;
  forms::FormFlags form_flags;
  std::string form;
  bool force = false;
  bool all_tags = false;
};

// The flags as values.
struct Values {
  AttestationForm form = AttestationForm::kArtifact;
  std::optional<Fallback> fallback;
  std::optional<Wanted> published;  // forms of the statements of what was written
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

// The index of a repository's tag may be a plain manifest, which lists nothing.
absl::StatusOr<Conversion> PlanConversion(const oci::Context& context, AttestationForm form, const Flags& flags,
                                          changing::ImagePlace& place, oci::content::Store& staging) {
  if (flags.all_tags && !oci::image::IsIndex(place.root().media_type)) return Conversion{.root = place.root()};
  return attest::convert::ConvertAttestations(context, form, place.opened().content(), place.root(),
                                              {.with_loss = flags.force}, staging);
}

absl::StatusOr<Converted> Convert(const oci::Context& context, const Values& values, const Flags& flags,
                                  changing::ImagePlace& place) {
  ABSL_ASSIGN_OR_RETURN(const changing::Destination destination,
                        place.FindDestination(context, flags.change.output, /*root_changes=*/true));
  oci::content::store::MemoryStore staging;
  absl::StatusOr<Conversion> conversion = PlanConversion(context, values.form, flags, place, staging);
  if (!conversion.ok()) return oci::Annotate(conversion.status(), absl::StrCat("image ", flags.change.image));
  WarnOf(context, place, *conversion);
  Converted converted{.from = place.root(), .conversion = *std::move(conversion), .report = {}, .published = {}};
  const bool is_there = converted.conversion.changed.empty() && destination.in_place;
  if (!flags.change.dry_run && !is_there) {
    oci::content::UnionFetcher content({&staging, &place.opened().content()});
    ABSL_ASSIGN_OR_RETURN(converted.report,
                          place.Write(context, {.root = converted.conversion.root, .referrers = {}, .content = content},
                                      destination, {.fallback = values.fallback}));
    changing::WarnOf(*converted.report);
  }
  return converted;
}

absl::StatusOr<Converted> WithForms(const oci::Context& context, const Values& values,
                                    const changing::ChangeFlags& written, Converted converted) {
  if (!values.published.has_value()) return converted;
  ABSL_ASSIGN_OR_RETURN(converted.published, forms::PublishFormsOfWritten(context, written, *values.published));
  return converted;
}

// One after the other, so that a registry is not asked for more at a time than by a single image. An image that fails
// does not stop the others.
absl::StatusOr<std::vector<ConvertedImage>> ConvertEach(const oci::Context& context, const Values& values,
                                                        const Flags& flags) {
  ABSL_ASSIGN_OR_RETURN(
      std::vector<changing::ListedImage> listed,
      changing::ImagePlace::OpenAll(context, flags.change.image, flags.change.config, oci::copy::Limits().tags));
  std::vector<ConvertedImage> images;
  for (changing::ListedImage& image : listed) {
    ABSL_RETURN_IF_ERROR(context.Check());
    absl::StatusOr<Converted> outcome = image.place.ok() ? Convert(context, values, flags, **image.place)
                                                         : absl::StatusOr<Converted>(image.place.status());
    if (outcome.ok()) {
      changing::ChangeFlags written = flags.change;
      absl::StrAppend(&written.image, ":", image.names.front());
      outcome = WithForms(context, values, written, *std::move(outcome));
    }
    if (!outcome.ok()) {
      changing::Warn(absl::StrCat(absl::StrJoin(image.names, " "), ": ", outcome.status().message()));
    }
    images.push_back({.names = std::move(image.names), .outcome = std::move(outcome)});
  }
  return images;
}

absl::Status RunAll(const oci::Context& context, const Values& values, const Flags& flags) {
  if (!flags.change.output.empty()) {
    return oci::InvalidInputError("--all-tags converts images where they are: --output is not for it");
  }
  ABSL_ASSIGN_OR_RETURN(const std::vector<ConvertedImage> images, ConvertEach(context, values, flags));
  std::cout << (flags.change.json ? ConvertAllJson(flags.change.image, images) : ConvertAllText(images));
  ABSL_RETURN_IF_ERROR(reading::FlushOutput());
  absl::Status first;
  std::vector<std::string> failed;
  for (const ConvertedImage& image : images) {
    if (image.outcome.ok()) continue;
    if (failed.empty()) first = image.outcome.status();
    failed.insert(failed.end(), image.names.begin(), image.names.end());
  }
  return oci::Annotate(first, absl::StrCat(flags.change.image, ": not converted: ", absl::StrJoin(failed, " ")));
}

absl::Status Run(const oci::Context& context, const Flags& flags) {
  Values values;
  ABSL_ASSIGN_OR_RETURN(values.form, FormOf(flags));
  ABSL_ASSIGN_OR_RETURN(values.fallback, changing::ParseFallback(flags.change.fallback));
  ABSL_ASSIGN_OR_RETURN(values.published, forms::WantedOfWritten(context, flags.form_flags, flags.change.dry_run));
  if (flags.all_tags) return RunAll(context, values, flags);
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<changing::ImagePlace> place,
                        changing::ImagePlace::Open(context, flags.change.image, flags.change.config));
  ABSL_ASSIGN_OR_RETURN(Converted converted, Convert(context, values, flags, *place));
  ABSL_ASSIGN_OR_RETURN(converted,
                        WithForms(context, values, changing::WrittenImage(flags.change), std::move(converted)));
  std::cout << (flags.change.json ? ConvertJson : ConvertText)(converted);
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
  command.add_flag("--all-tags", flags->all_tags,
                   "Convert every image of the repository or layout REF where it is; REF has no tag");
  forms::AddWrittenImageFlags(command, flags->form_flags);
  command.footer(kFooter);
  command.callback(
      [flags, &invocation] { invocation.run = [flags](const oci::Context& context) { return Run(context, *flags); }; });
}

}  // namespace waybill::cli::edits
