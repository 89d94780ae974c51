// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/forms/publish_forms.h"

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "attest/publish/cosign_tag.h"
#include "attest/reader/tree.h"
#include "oci/content/store/temporary_store.h"
#include "oci/content/union_fetcher.h"
#include "oci/error.h"
#include "oci/places/image_name.h"
#include "oci/status_macros.h"
#include "tools/cli/changing/image_place.h"
#include "tools/cli/changing/new_referrers.h"
#include "tools/cli/changing/outcome.h"
#include "tools/cli/exporting/backend.h"

namespace waybill::cli::forms {
namespace {

using attest::publish::NewReferrer;
using attest::publish::Published;
using attest::publish::TaggedEnvelope;
using attest::publish::Wanted;
using attest::reader::ImageTree;
using oci::content::store::TemporaryStore;
using oci::registry::push::PushReport;

bool IsEmpty(const Published& published) {
  return published.added.empty() && published.tagged.empty() && published.present == 0;
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

absl::StatusOr<Outcome> Publish(const oci::Context& context, const changing::ChangeFlags& flags, const Wanted& wanted,
                                changing::ImagePlace& place) {
  ABSL_ASSIGN_OR_RETURN(const auto fallback, changing::ParseFallback(flags.fallback));
  ABSL_ASSIGN_OR_RETURN(const changing::Destination destination,
                        place.FindDestination(context, flags.output, /*root_changes=*/false));
  ABSL_ASSIGN_OR_RETURN(const ImageTree tree, changing::ReadTree(context, place, changing::Look::kIntoStatements));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<TemporaryStore> staging,
                        TemporaryStore::Create(exporting::TemporaryDirectory()));
  oci::content::UnionFetcher content({&staging->store(), &place.opened().content()});
  Outcome outcome{.root = place.root().digest, .published = {}, .report = std::nullopt};
  ABSL_ASSIGN_OR_RETURN(outcome.published,
                        attest::publish::MakeReferrers(context, tree, wanted, content, staging->store()));
  for (const std::string& warning : outcome.published.warnings) changing::Warn(warning);
  if (flags.dry_run || IsEmpty(outcome.published)) return outcome;
  ABSL_ASSIGN_OR_RETURN(outcome.report,
                        Write(context, outcome.published, content, destination, {.fallback = fallback}, place));
  return outcome;
}

absl::StatusOr<Outcome> OpenAndPublish(const oci::Context& context, const changing::ChangeFlags& flags,
                                       const Wanted& wanted) {
  ABSL_RETURN_IF_ERROR(exporting::PrepareTemporaryDirectory());
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<changing::ImagePlace> place,
                        changing::ImagePlace::Open(context, flags.image, flags.config));
  absl::StatusOr<Outcome> outcome = Publish(context, flags, wanted, *place);
  return outcome.ok() ? std::move(outcome) : oci::Annotate(outcome.status(), absl::StrCat("image ", flags.image));
}

constexpr char kNothing[] = "it has no statement of these types that could be published";

}  // namespace

absl::StatusOr<Outcome> PublishForms(const oci::Context& context, const changing::ChangeFlags& flags,
                                     const Wanted& wanted) {
  absl::StatusOr<Outcome> outcome = OpenAndPublish(context, flags, wanted);
  if (!outcome.ok() || !IsEmpty(outcome->published)) return outcome;
  return oci::NotFoundError(absl::StrCat("image ", flags.image, ": ", kNothing));
}

absl::StatusOr<Outcome> PublishFormsOfWritten(const oci::Context& context, const changing::ChangeFlags& flags,
                                              const Wanted& wanted) {
  absl::StatusOr<Outcome> outcome = OpenAndPublish(context, flags, wanted);
  if (!outcome.ok()) return oci::Annotate(outcome.status(), "the image is written, its statements are not published");
  if (IsEmpty(outcome->published)) changing::Warn(absl::StrCat("image ", flags.image, ": ", kNothing));
  return outcome;
}

}  // namespace waybill::cli::forms
