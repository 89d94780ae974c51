// SPDX-License-Identifier: Apache-2.0
#include "attest/convert/convert.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "attest/convert/form.h"
#include "oci/content/graph.h"
#include "oci/error.h"
#include "oci/image/document.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/io/string.h"
#include "oci/json/edit.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::attest::convert {
namespace {

AttestationForm Other(AttestationForm form) {
  return form == AttestationForm::kArtifact ? AttestationForm::kLegacy : AttestationForm::kArtifact;
}

class Converter {
 public:
  Converter(const oci::Context& context, AttestationForm form, oci::content::Fetcher& content,
            const oci::Descriptor& root, const Options& options, oci::content::Store& staging)
      : context_(context),
        form_(form),
        content_(content),
        options_(options),
        staging_(staging),
        result_{.root = root, .changed = {}, .kept = {}} {}

  absl::StatusOr<Conversion> Run() {
    oci::Descriptor& root = result_.root;
    if (!oci::image::IsIndex(root.media_type)) {
      return oci::InvalidInputError(absl::StrCat(root.digest.ToString(), " is no index: it lists no attestations"));
    }
    ABSL_ASSIGN_OR_RETURN(const std::string bytes, budget_.Read(context_, content_, root));
    ABSL_ASSIGN_OR_RETURN(index_, oci::image::ParseIndex(bytes));
    ABSL_ASSIGN_OR_RETURN(const oci::json::Fields fields, oci::json::Fields::Parse(bytes));
    ABSL_ASSIGN_OR_RETURN(const std::vector<absl::string_view> entries, oci::json::Elements(fields.Find("manifests")));
    std::vector<oci::json::Splice> splices;
    for (size_t i = 0; i < entries.size(); ++i) {
      ABSL_RETURN_IF_ERROR(budget_.Count());
      ABSL_ASSIGN_OR_RETURN(std::optional<std::string> entry, ConvertEntry(index_.manifests[i], entries[i]));
      if (entry.has_value()) splices.push_back({entries[i], *std::move(entry)});
    }
    if (splices.empty()) return std::move(result_);
    std::string index = oci::json::Spliced(bytes, splices);
    oci::Hasher hasher(root.digest);
    hasher.Update(index);
    root.digest = hasher.Current();
    root.size = static_cast<int64_t>(index.size());
    ABSL_RETURN_IF_ERROR(Stage({.descriptor = root, .bytes = std::move(index)}));
    return std::move(result_);
  }

 private:
  absl::Status Stage(oci::image::Document document) {
    return staging_.Push(context_, {.descriptor = std::move(document.descriptor),
                                    .source = std::make_unique<oci::io::StringSource>(std::move(document.bytes))});
  }

  // The entry's new text; unset when the entry stays as it is.
  absl::StatusOr<std::optional<std::string>> ConvertEntry(const oci::Descriptor& entry, absl::string_view raw) {
    if (oci::image::IsIndex(entry.media_type)) result_.kept.push_back({entry.digest, "it is an index of its own"});
    if (!oci::image::IsManifest(entry.media_type)) return std::nullopt;
    absl::StatusOr<std::string> bytes = budget_.Read(context_, content_, entry);
    if (!bytes.ok() && !IsMarked(entry) && oci::ReasonOf(bytes.status()) == oci::Reason::kNotFound) {
      // A layout may have one platform of several.
      return std::nullopt;
    }
    ABSL_RETURN_IF_ERROR(bytes.status());
    absl::StatusOr<oci::image::Manifest> manifest = oci::image::ParseManifest(*bytes);
    if (!manifest.ok()) return oci::Annotate(manifest.status(), absl::StrCat("manifest ", entry.digest.ToString()));
    const std::optional<AttestationManifest> attestation = TakeApart(entry, *manifest);
    if (!attestation.has_value()) return std::nullopt;
    if (attestation->form == form_) {
      ++result_.in_form;
      return std::nullopt;
    }
    return ConvertAttestation(*attestation, {.entry = std::string(raw), .manifest = *std::move(bytes)});
  }

  static bool IsMarked(const oci::Descriptor& entry) { return TakeApart(entry, {.config = entry}).has_value(); }

  absl::StatusOr<std::optional<std::string>> ConvertAttestation(const AttestationManifest& attestation,
                                                                const Listed& listed) {
    const oci::Digest& from = attestation.descriptor.digest;
    const auto image = std::find_if(index_.manifests.begin(), index_.manifests.end(),
                                    [&](const oci::Descriptor& one) { return one.digest == attestation.image; });
    if (image == index_.manifests.end()) return Keep(from, "the index does not list its image");
    absl::StatusOr<Formed> formed = InForm(form_, listed, *image);
    if (!formed.ok()) return Keep(from, formed.status().message());
    std::string loss = LossOf(Other(form_), listed, *formed, *image);
    if (!loss.empty() && !options_.with_loss) return Keep(from, absl::StrCat("it could not be restored: ", loss));
    result_.changed.push_back(
        {.image = *image, .from = from, .to = formed->documents.manifest.descriptor.digest, .loss = std::move(loss)});
    ABSL_RETURN_IF_ERROR(Stage(std::move(formed->documents.config)));
    ABSL_RETURN_IF_ERROR(Stage(std::move(formed->documents.manifest)));
    return std::move(formed->listed.entry);
  }

  std::optional<std::string> Keep(const oci::Digest& manifest, absl::string_view reason) {
    result_.kept.push_back({manifest, std::string(reason)});
    return std::nullopt;
  }

  const oci::Context& context_;
  const AttestationForm form_;
  oci::content::Fetcher& content_;
  const Options& options_;
  oci::content::Store& staging_;
  oci::content::GraphBudget budget_;
  oci::image::Index index_;
  Conversion result_;
};

}  // namespace

absl::StatusOr<Conversion> ConvertAttestations(const oci::Context& context, AttestationForm form,
                                               oci::content::Fetcher& content, const oci::Descriptor& root,
                                               const Options& options, oci::content::Store& staging) {
  return Converter(context, form, content, root, options, staging).Run();
}

}  // namespace waybill::attest::convert
