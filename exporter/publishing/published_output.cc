// SPDX-License-Identifier: Apache-2.0
#include "exporter/publishing/published_output.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "attest/publish/publish.h"
#include "attest/reader/content.h"
#include "attest/reader/reader.h"
#include "attest/verify/check.h"
#include "attest/verify/finding.h"
#include "exporter/publishing/guarded_output.h"
#include "exporter/publishing/image_roles.h"
#include "exporter/publishing/reusing_output.h"
#include "oci/content/store/temporary_store.h"
#include "oci/content/union_fetcher.h"
#include "oci/error.h"
#include "oci/progress.h"
#include "oci/status_macros.h"

namespace waybill::exporter::publishing {
namespace {

using attest::publish::Form;
using attest::publish::NewReferrer;
using attest::publish::Published;
using attest::publish::Wanted;
using attest::reader::Attestation;
using attest::reader::ContentKind;
using attest::reader::ImageTree;
using attest::reader::Item;
using oci::content::store::TemporaryStore;
using request::values::Publishing;

constexpr absl::string_view kRequireKey = "exporter option \"require\"";

absl::Status CheckRequired(const ImageTree& tree, const std::vector<std::string>& required) {
  for (const attest::verify::Finding& finding : attest::verify::CheckTree(tree, {.required = required})) {
    if (finding.rule != attest::verify::kRequiredRule) continue;
    return oci::VerificationError(absl::StrCat(kRequireKey, ": ", finding.object, ": ", finding.message));
  }
  return absl::OkStatus();
}

absl::Status CheckSigned(const ImageTree& tree, const Published& published) {
  std::set<oci::Digest> in_bundles;
  for (const NewReferrer& one : published.added) {
    if (one.form == Form::kBundle) in_bundles.insert(one.statement);
  }
  for (const Attestation& one : attest::reader::ListAttestations(tree)) {
    const Item& item = tree.nodes[one.node].items[one.item];
    if (item.content.kind == ContentKind::kBundle || in_bundles.contains(item.descriptor.digest)) continue;
    return oci::VerificationError(absl::StrCat(kRequireKey, ": statement ", item.descriptor.digest.ToString(), " of ",
                                               attest::verify::NameOf(tree.nodes[one.about]), " is not signed"));
  }
  return absl::OkStatus();
}

class PublishedOutput final : public Output {
 public:
  PublishedOutput(std::unique_ptr<Output> output, Wanted wanted, std::string scratch)
      : output_(std::move(output)), wanted_(std::move(wanted)), scratch_(std::move(scratch)) {}

  absl::StatusOr<answers::Delivery> Deliver(const oci::Context& context, const Image& image,
                                            const request::ExportOptions& options) override {
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<TemporaryStore> staging, TemporaryStore::Create(scratch_));
    ABSL_ASSIGN_OR_RETURN(const Published published, Publish(context, image, options.publishing, staging->store()));
    oci::content::UnionFetcher content({&staging->store(), &image.content});
    Image whole{.root = image.root,
                .referrers = image.referrers,
                .artifacts = image.artifacts,
                .envelopes = {},
                .names = image.names,
                .content = content,
                .origins = image.origins,
                .config = image.config};
    for (const NewReferrer& one : published.added) whole.artifacts.push_back(one.manifest);
    for (const attest::publish::TaggedEnvelope& one : published.tagged) {
      whole.envelopes[one.subject.digest].push_back(one.layer);
    }
    return output_->Deliver(context, whole, options);
  }

 private:
  absl::StatusOr<Published> Publish(const oci::Context& context, const Image& image, const Publishing& publishing,
                                    oci::content::Store& staging) const {
    ABSL_ASSIGN_OR_RETURN(const ImageTree tree, ReadTree(context, image, {}));
    ABSL_RETURN_IF_ERROR(CheckRequired(tree, publishing.required));
    ABSL_ASSIGN_OR_RETURN(Published published,
                          attest::publish::MakeReferrers(context, tree, wanted_, image.content, staging));
    for (const std::string& warning : published.warnings) {
      context.Report({.state = oci::ProgressEvent::State::kWarning, .detail = warning});
    }
    if (publishing.require_signed) ABSL_RETURN_IF_ERROR(CheckSigned(tree, published));
    return published;
  }

  const std::unique_ptr<Output> output_;
  const Wanted wanted_;
  const std::string scratch_;
};

// The key that the options name.
absl::StatusOr<attest::sign::SigningKey> FindKey(const std::string& name, const attest::sign::KeysByName& keys) {
  if (keys == nullptr) return oci::UnsupportedError("exporter option \"sign\": there are no keys here");
  absl::StatusOr<attest::sign::SigningKey> key = keys(name);
  return key.ok() ? std::move(key) : oci::Annotate(key.status(), "exporter option \"sign\"");
}

absl::StatusOr<std::unique_ptr<Output>> WithForms(std::unique_ptr<Output> output, const Publishing& publishing,
                                                  const PublishingDeps& deps) {
  if (!publishing.IsNeeded()) return output;
  Wanted wanted = publishing.wanted;
  if (!publishing.key.empty()) {
    ABSL_ASSIGN_OR_RETURN(wanted.key, FindKey(publishing.key, deps.keys));
  }
  return std::make_unique<PublishedOutput>(std::move(output), std::move(wanted), deps.scratch_directory);
}

// Whether somebody else gets the image.
bool Leaves(const request::ExportOptions& options) {
  return options.type != request::ExporterType::kImage || options.push;
}

std::unique_ptr<Output> WithGuard(std::unique_ptr<Output> output, const request::ExportOptions& options) {
  if (!Leaves(options)) return output;
  switch (options.secret_guard) {
    case request::SecretGuard::kOff:
      break;
    case request::SecretGuard::kWarn:
      return WithSecretWarnings(std::move(output));
    case request::SecretGuard::kFail:
      return RefusingSecrets(std::move(output));
  }
  return output;
}

}  // namespace

absl::Status CheckKey(const request::ExportOptions& options, const attest::sign::KeysByName& keys) {
  const std::string& name = options.publishing.key;
  return name.empty() ? absl::OkStatus() : FindKey(name, keys).status();
}

absl::StatusOr<std::unique_ptr<Output>> WithPublishing(std::unique_ptr<Output> output,
                                                       const request::ExportOptions& options,
                                                       const PublishingDeps& deps) {
  ABSL_ASSIGN_OR_RETURN(output, WithForms(std::move(output), options.publishing, deps));
  output = WithGuard(std::move(output), options);
  if (options.attestations != request::Attestations::kReuse) return output;
  if (deps.registries == nullptr)
    return oci::UnsupportedError("exporter option \"attestations\": nothing is pushed here");
  return ReusingAttestations(std::move(output), *deps.registries);
}

}  // namespace waybill::exporter::publishing
